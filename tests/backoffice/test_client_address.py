"""Behind a reverse proxy of ours every limit counts by the client; from anybody else the header means nothing."""

import ipaddress
import uuid

import pytest
from django.test import Client

PROXY = "10.9.0.5"


@pytest.fixture
def behind_proxy(settings, db):
    settings.TRUSTED_PROXIES = [ipaddress.ip_network(f"{PROXY}/32")]


def fresh() -> str:
    """An address that no other test has used."""
    return str(ipaddress.IPv6Address(uuid.uuid4().int))


def guess(*, peer: str, forwarded_for: str, times: int) -> list[int]:
    client = Client(REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded_for)
    return [client.get("/charge", {"station_id": f"GUESS{n}"}).status_code for n in range(times)]


def test_each_client_behind_a_trusted_proxy_has_limits_of_its_own(behind_proxy):
    assert guess(peer=PROXY, forwarded_for=fresh(), times=31)[-1] == 429

    assert guess(peer=PROXY, forwarded_for=fresh(), times=1) == [404]


def test_a_client_does_not_get_away_by_writing_the_header_itself(behind_proxy):
    peer = fresh()

    answers = [guess(peer=peer, forwarded_for=fresh(), times=1)[0] for _ in range(31)]

    assert answers[-1] == 429


def test_what_stands_left_of_the_nearest_stranger_was_written_by_anybody(behind_proxy):
    client = fresh()

    answers = [guess(peer=PROXY, forwarded_for=f"{fresh()}, {client}", times=1)[0] for _ in range(31)]

    assert answers[-1] == 429


def test_logins_are_limited_by_the_client_and_not_by_the_proxy(behind_proxy):
    def try_to_log_in(address: str) -> str:
        client = Client(REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=address)
        form = {"login": f"{uuid.uuid4()}@example.com", "password": "wrong wrong wrong"}
        return client.post("/accounts/login/", form).content.decode()

    attacker = fresh()
    answers = [try_to_log_in(attacker) for _ in range(12)]

    assert "Too many failed login attempts" in answers[-1]
    assert "Too many failed login attempts" not in try_to_log_in(fresh())
