"""The attention list by the REST API: the same rows as the portal's, snoozed and assigned."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AuditEntry
from chargers.models import Charger
from tests.kit.callers import Callers
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def offline(world: World) -> None:
    Charger.objects.update(connection_id=uuid.uuid4())
    Charger.objects.update(connection_id=None, disconnected_at=datetime.now(tz=UTC) - timedelta(hours=2))


def rows(answer) -> list[dict]:
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_it_lists_what_needs_the_host(callers: Callers, offline):
    [row] = rows(callers.owner.get("attention/", kind="offline", property="sunset-1"))

    assert (row["subject"], row["title"], row["snoozed"]) == ("charger:CP1", "SUN001", False)
    assert row["causes"][0]["fix_url"] == "/chargers/CP1/connection/"
    assert rows(callers.agent.get("attention/"))[0]["subject"] == "charger:CP1"
    assert rows(callers.stranger.get("attention/")) == []
    assert rows(callers.owner.get("attention/", kind="licence")) == []
    assert callers.owner.get("attention/", kind="nonsense").status_code == 400


def test_it_snoozes_shows_again_and_assigns(callers: Callers, offline):
    snoozed = callers.owner.post("attention/charger:CP1/snooze/", {"lasts": "change"}).json()
    assert snoozed == {"subject": "charger:CP1", "snoozed": True, "snoozed_until": None, "assigned_to": None}
    assert callers.owner.get("attention/").json()["snoozed"] == 1

    callers.owner.post("attention/charger:CP1/wake/", {})
    callers.owner.post("attention/charger:CP1/assign/", {"member": "teammate@example.com"})

    [row] = rows(callers.owner.get("attention/"))
    assert (row["snoozed"], row["assigned_to"]) == (False, "teammate@example.com")
    assert callers.owner.post("attention/charger:CP1/assign/", {"member": "stranger@example.com"}).status_code == 400
    assert AuditEntry.objects.count() == 3


@pytest.mark.parametrize("address", ["snooze", "wake", "assign"])
def test_another_host_decides_nothing(callers: Callers, offline, address):
    body = {"snooze": {"lasts": "1h"}, "assign": {"member": None}}.get(address, {})

    assert callers.stranger.post(f"attention/charger:CP1/{address}/", body).status_code == 404
    assert callers.owner.post(f"attention/charger:CP9/{address}/", body).status_code == 404
    assert not AuditEntry.objects.exists()
