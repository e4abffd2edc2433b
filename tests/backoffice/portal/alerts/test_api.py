"""Alert rules and alerts by the REST API."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AuditEntry
from backoffice.portal.alerts import incidents
from chargers.fleet import presence
from tests.kit.callers import Callers
from tests.kit.world import World, make_user

pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)
RULE = {"member": "owner@example.com", "kinds": ["offline"], "time_zone": "America/New_York"}


def test_it_adds_lists_and_ends_a_rule(callers: Callers, world: World):
    made = callers.owner.post(
        "alert-rules/", RULE | {"properties": ["sunset-1"], "quiet_from": "22:00", "quiet_to": "07:00"}
    )

    assert made.status_code == 201, made.content
    assert (made.json()["member"], made.json()["properties"]) == ("owner@example.com", ["sunset-1"])
    assert len(callers.owner.get("alert-rules/", ended="false").json()["results"]) == 1
    assert callers.owner.delete(f"alert-rules/{made.json()['id']}/").status_code == 204
    assert callers.owner.get("alert-rules/", ended="false").json()["results"] == []
    assert AuditEntry.objects.count() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"member": "stranger@example.com"},
        {"time_zone": "Nowhere"},
        {"kinds": []},
        {"quiet_from": "22:00"},
        {"endpoint": 4711},
        {"properties": ["lakeside-1"]},
    ],
)
def test_it_refuses_a_rule_that_cannot_be(callers: Callers, world: World, wrong):
    answer = callers.owner.post("alert-rules/", RULE | wrong)

    assert answer.status_code == 400
    assert not AuditEntry.objects.exists()


def test_it_lists_alerts_of_the_host_only(callers: Callers, world: World):
    callers.owner.post("alert-rules/", RULE)
    presence.connect(world.charger, connection_id=uuid.uuid4(), version="1.6", now=NOW - timedelta(hours=2))
    presence.disconnect_all(now=NOW - timedelta(hours=1))
    incidents.watch(now=NOW)

    [alert] = callers.owner.get("alerts/", open="true", kind="offline").json()["results"]

    assert (alert["title"], alert["charger"], alert["cleared_at"]) == ("SUN001", "CP1", None)
    assert callers.stranger.get("alerts/").json()["results"] == []
    rule = callers.owner.get("alert-rules/").json()["results"][0]["id"]
    assert callers.stranger.get(f"alert-rules/{rule}/").status_code == 404
    assert callers.stranger.delete(f"alert-rules/{rule}/").status_code == 404


def test_reports_by_mail_are_added_listed_and_stopped(callers: Callers, world: World):
    sent = {"member": "owner@example.com", "cycle": "weekly"}
    made = callers.owner.post("report-schedules/", sent)
    again = callers.owner.post("report-schedules/", sent)

    assert made.status_code == 201, made.content
    assert (made.json()["member"], made.json()["time_zone"]) == ("owner@example.com", "America/New_York")
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])
    assert len(callers.owner.get("report-schedules/").json()["results"]) == 1
    assert callers.stranger.get(f"report-schedules/{made.json()['id']}/").status_code == 404
    assert callers.stranger.delete(f"report-schedules/{made.json()['id']}/").status_code == 404
    assert callers.owner.delete(f"report-schedules/{made.json()['id']}/").status_code == 204
    assert callers.owner.get(f"report-schedules/{made.json()['id']}/").json()["ended_at"] is not None
    assert list(AuditEntry.objects.values_list("verb", flat=True)) == ["report.scheduled", "report.ended"]


@pytest.mark.parametrize(
    "wrong", [{"member": "stranger@example.com"}, {"cycle": "daily"}, {"member": "op@example.com"}]
)
def test_it_refuses_a_report_that_cannot_be(callers: Callers, world: World, wrong):
    make_user("op@example.com", world.host, "operator")

    assert (
        callers.owner.post("report-schedules/", {"member": "owner@example.com", "cycle": "weekly"} | wrong).status_code
        == 400
    )


def test_it_refuses_the_same_rule_again_and_quiet_hours_of_no_length(callers: Callers, world: World):
    callers.owner.post("alert-rules/", RULE)

    assert "already" in callers.owner.post("alert-rules/", RULE).content.decode()
    equal = callers.owner.post("alert-rules/", RULE | {"quiet_from": "22:00", "quiet_to": "22:00"})
    assert "two different times" in equal.content.decode()
