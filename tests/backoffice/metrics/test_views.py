"""`/metrics`: who may read what, in the format that Prometheus reads, whatever is away."""

import subprocess

import pytest
from django.db import connections
from django.test import Client

from chargers.models import Property
from tests.kit import charging
from tests.kit.metrics_pages import _read_anew, families, token

__all__ = ["_read_anew", "token"]
pytestmark = pytest.mark.django_db
LOCAL = {"HTTP_HOST": "127.0.0.1:8000"}


def samples(family):
    return {tuple(sorted(sample.labels.items())): sample.value for sample in family.samples}


def test_this_machine_reads_the_state_and_no_amounts(world):
    found = families(**LOCAL)

    assert samples(found["chargers"]) == {(("state", "offline"),): 1}
    assert not any(name.endswith("_minor") for name in found)
    assert samples(found["tasks_waiting"])[("queue", "celery"),] >= 0
    assert set(samples(found["metrics_family_up"]).values()) == {1}


def test_who_shows_the_token_reads_amounts_from_anywhere(world, token):
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    charging.paid_for(world.charger, held_minor=4000)

    found = families(HTTP_HOST="charge.example.com", REMOTE_ADDR="203.0.113.7", HTTP_AUTHORIZATION=f"Bearer {token}")

    assert samples(found["holds_minor"]) == {(("currency", "USD"), ("state", "authorised")): 4000}


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_HOST": "127.0.0.1", "REMOTE_ADDR": "203.0.113.7"},
        {"HTTP_HOST": "charge.example.com"},  # through a proxy on this machine that nobody named
        {"HTTP_HOST": "charge.example.com", "HTTP_AUTHORIZATION": "Bearer another"},
        {"HTTP_HOST": "charge.example.com", "HTTP_AUTHORIZATION": "Bearer "},
        {"HTTP_HOST": "charge.example.com", "HTTP_AUTHORIZATION": "Basic a-long-token"},
    ],
)
def test_strangers_are_told_what_to_do(headers):
    answer = Client().get("/metrics", **headers)

    assert answer.status_code == 403
    assert "METRICS_TOKEN" in answer.content.decode()
    assert "chargers" not in answer.content.decode()


def test_an_empty_token_opens_nothing(settings):
    settings.METRICS_TOKEN = ""

    assert Client().get("/metrics", HTTP_HOST="charge.example.com", HTTP_AUTHORIZATION="Bearer ").status_code == 403


def test_it_asks_the_database_once_for_all_who_ask_at_once(django_assert_num_queries):
    families(**LOCAL)

    with django_assert_num_queries(0):
        families(**LOCAL)


@pytest.mark.django_db(transaction=True)
def test_it_answers_while_postgresql_is_away(monkeypatch):
    nowhere = {**connections.settings["default"], "HOST": "127.0.0.1", "PORT": "1"}
    connections["default"].close()
    monkeypatch.setattr(connections["default"], "settings_dict", nowhere)

    found = families(**LOCAL)

    assert set(samples(found["metrics_family_up"]).values()) == {0}
    assert "chargers" not in found
    assert "disk_free_bytes" in found


def test_a_gateway_that_was_killed_holds_no_charger(tmp_path, monkeypatch):
    ended = subprocess.Popen(["true"])
    ended.wait()
    (tmp_path / f"gauge_livesum_{ended.pid}.db").write_bytes(b"")
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))

    assert Client().get("/metrics", **LOCAL).status_code == 200
    assert not list(tmp_path.glob("gauge_*"))
