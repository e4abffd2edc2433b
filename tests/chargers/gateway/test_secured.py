"""Security profiles 2 and 3: real TLS with real certificates, and what proxies may say."""

import asyncio
import base64
import socket
import ssl
import time
from datetime import timedelta
from urllib.parse import quote

import pytest
import websockets

from chargers.models import Certificate, Charger, ChargerEvent, FailedHandshake
from chargers.security import authority, keys
from tests.kit import gateway as gateways
from tests.kit.connected import PASSWORD
from tests.kit.gateway import looking
from tests.kit.secured import Identity, _secured, knock, now, profile_3, secured
from tests.kit.waiting import until

__all__ = ["_secured", "profile_3", "secured"]


def test_profile_2_is_a_password_over_tls(secured, charger):
    Charger.objects.update(security_profile=2)

    assert knock(secured) == (101, None)
    charger = Charger.objects.get()
    assert (charger.connected_by, charger.connected_with_tls) == ("password", True)
    assert knock(secured, password="wrong") == (401, "wrong_password")


@pytest.mark.parametrize("profile", [2, 3])
def test_a_charger_that_must_encrypt_is_refused_without_tls(gateway, charger, profile):
    Charger.objects.update(security_profile=profile)

    async def story():
        with pytest.raises(websockets.InvalidStatus) as caught:
            await gateways.Device.connect(gateway, "CP1")
        return caught.value.response

    response = asyncio.run(story())

    assert response.status_code == 401
    assert b"wss://" not in response.body
    failed = FailedHandshake.objects.get()
    assert failed.reason == "no_tls"
    assert failed.detail == f"Security profile {profile} asks for TLS: connect with wss:// instead of ws://."


def test_profile_3_lets_a_certificate_of_ours_in_without_a_password(secured, profile_3, tmp_path):
    identity = Identity(tmp_path, profile_3)

    assert knock(secured, identity=identity, password=None) == (101, None)

    assert Charger.objects.get().connected_by == "certificate"
    assert Certificate.objects.get().first_used_at


def test_profile_3_is_not_content_with_a_password(secured, profile_3):
    assert knock(secured) == (401, "no_certificate")


def test_it_refuses_a_certificate_of_somebody_else(secured, profile_3, tmp_path):
    identity = Identity(tmp_path, profile_3, ours=False)

    assert knock(secured, identity=identity) == (401, "foreign_certificate")


def test_it_refuses_the_certificate_of_another_charger(secured, profile_3, tmp_path):
    identity = Identity(tmp_path, profile_3, common_name="CP2")

    assert knock(secured, identity=identity) == (401, "wrong_certificate")


@pytest.mark.parametrize("days", [-400, 2])
def test_it_refuses_a_certificate_that_has_ended_or_not_begun(secured, profile_3, tmp_path, days):
    authority.make(name="Test authority", now=now() - timedelta(days=500))
    identity = Identity(tmp_path, profile_3, at=now() + timedelta(days=days))

    assert knock(secured, identity=identity) == (401, "expired_certificate")


def test_a_good_certificate_is_enough_in_a_lower_profile_and_a_foreign_one_does_no_harm(secured, charger, tmp_path):
    assert knock(secured, identity=Identity(tmp_path, charger), password=None) == (101, None)
    assert knock(secured, identity=Identity(tmp_path, charger, ours=False)) == (101, None)
    assert Charger.objects.get().connected_by == "password"


def test_it_notes_plain_words_on_the_encrypted_port(secured, charger):
    with socket.create_connection(("127.0.0.1", secured.port), timeout=10) as link:
        link.sendall(b"GET /ocpp/CP1 HTTP/1.1\r\nHost: a\r\n\r\n")
        while link.recv(4096):
            pass

    noted("bad_tls", "plain HTTP")


def test_it_notes_a_charger_that_does_not_know_our_authority(secured, charger):
    context = ssl.create_default_context()
    told = pytest.raises(ssl.SSLCertVerificationError)
    with socket.create_connection(("127.0.0.1", secured.port), timeout=10) as link, told:
        context.wrap_socket(link, server_hostname="127.0.0.1")

    noted("bad_tls", "does not know the authority")


def test_it_notes_nobody_who_only_looks_whether_the_port_is_open(secured, charger):
    for _ in range(3):
        socket.create_connection(("127.0.0.1", secured.port), timeout=10).close()

    with socket.create_connection(("127.0.0.1", secured.port), timeout=10) as link:
        link.sendall(b"GET / HTTP/1.1\r\n\r\n")
        while link.recv(4096):
            pass
    noted("bad_tls", "plain HTTP")


def test_it_speaks_no_tls_before_1_2(secured, charger):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", secured.port), timeout=10) as link, pytest.raises(ssl.SSLError):
        context.wrap_socket(link)

    noted("bad_tls", "from 1.2 on")


def noted(reason, words):
    deadline = time.monotonic() + 5
    while not FailedHandshake.objects.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    row = FailedHandshake.objects.get()
    assert (row.reason, row.presented_id, row.source) == (reason, "", "127.0.0.1")
    assert words in row.detail


@pytest.fixture(scope="module")
def _behind(django_db_setup, django_db_blocker):
    with gateways.running(more={"TRUSTED_PROXIES": "127.0.0.1/32"}) as gateway:
        yield gateway


@pytest.fixture
def behind(_behind, transactional_db):
    """A gateway for which this machine is a trusted proxy."""
    return _behind


def passed_on(gateway, headers, *, password=None):
    async def story():
        if password:
            headers["Authorization"] = f"Basic {base64.b64encode(f'CP1:{password}'.encode()).decode()}"
        try:
            async with websockets.connect(
                f"{gateway.url}/CP1", subprotocols=["ocpp1.6"], additional_headers=headers, proxy=None
            ) as ws:
                await ws.send('[2,"1","Heartbeat",{}]')
                await ws.recv()
                return 101
        except websockets.InvalidStatus as exc:
            return exc.response.status_code

    return asyncio.run(story())


def nginx(pem):
    return {"X-SSL-Client-Cert": quote(pem.decode()), "X-Forwarded-Proto": "https"}


def envoy(pem):
    return {
        "X-Forwarded-Client-Cert": f'Hash=00;Cert="{quote(pem.decode())}";Subject="CN=CP1"',
        "X-Forwarded-Proto": "https",
    }


def caddy(pem):
    der = "".join(pem.decode().splitlines()[1:-1])
    return {"X-Client-Cert": der, "X-Forwarded-Proto": "https"}


@pytest.mark.parametrize("proxy", [nginx, envoy, caddy])
def test_it_takes_a_certificate_from_a_trusted_proxy(behind, profile_3, tmp_path, proxy):
    headers = {**proxy(Identity(tmp_path, profile_3).pem), "X-Forwarded-For": "203.0.113.5, 198.51.100.9"}

    assert passed_on(behind, headers) == 101

    charger = Charger.objects.get()
    assert (charger.connected_by, charger.connected_from) == ("certificate", "198.51.100.9")
    assert charger.connected_with_tls


def test_it_judges_what_a_trusted_proxy_passes_on(behind, profile_3, tmp_path):
    assert passed_on(behind, nginx(Identity(tmp_path, profile_3, ours=False).pem)) == 401
    assert FailedHandshake.objects.get().reason == "foreign_certificate"


@pytest.mark.parametrize("header", ["", "%%%", "not a certificate", "-----BEGIN CERTIFICATE-----", "A" * 9000])
def test_it_survives_a_header_that_is_no_certificate(behind, profile_3, header):
    assert passed_on(behind, {"X-SSL-Client-Cert": header, "X-Forwarded-Proto": "https"}) == 401


def test_it_ignores_the_header_of_anybody_else_and_says_so(gateway, profile_3, tmp_path):
    headers = nginx(Identity(tmp_path, profile_3).pem)

    assert passed_on(gateway, headers) == 401

    assert FailedHandshake.objects.get().reason == "no_tls"
    assert "x-ssl-client-cert from 127.0.0.1, which is not among TRUSTED_PROXIES" in ChargerEvent.objects.get().summary


def test_a_stolen_header_opens_nothing_and_takes_no_place(gateway, profile_3, tmp_path):
    Charger.objects.update(security_profile=1)
    keys.set_imported(profile_3, PASSWORD)

    assert passed_on(gateway, nginx(Identity(tmp_path, profile_3).pem)) == 401
    assert passed_on(gateway, nginx(Identity(tmp_path, profile_3).pem), password=PASSWORD) == 101
    assert Charger.objects.get().connected_by == "password"


def test_many_swaps_are_counted(gateway, charger):
    async def story():
        devices = []
        for _ in range(7):
            devices.append(await gateways.Device.connect(gateway, "CP1"))
            await devices[-1].call("Heartbeat", {})
        await until(lambda: Charger.objects.get().connection_swaps.count() == 6)
        assert await looking(lambda: Charger.objects.get().is_online())
        await devices[-1].ws.close()

    asyncio.run(story())
