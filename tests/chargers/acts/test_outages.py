"""Outages that do not count: a time of a charger marked as excluded, with its kind and reason, and taken back."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AuditEntry
from chargers.availability import outages
from chargers.models import OutageExclusion
from tests.kit.uptime_pages import broken
from tests.kit.world import make_user

__all__ = ["broken"]
NOW = datetime.now(tz=UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)


def exclude(client, *, first, last, kind="vandalism"):
    zone = outages_zone()
    said = {
        "do": "exclude",
        "kind": kind,
        "evse": "1",
        "begins_at": (NOW - first * HOUR).astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S"),
        "ends_at": (NOW - last * HOUR).astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S"),
        "reason": "The police has it on film",
    }
    return client.post("/chargers/CP1/uptime/", said)


def outages_zone():
    from zoneinfo import ZoneInfo

    return ZoneInfo("America/New_York")


def test_a_person_excludes_an_outage_with_its_reason_and_takes_it_back(broken, client_of):
    client = client_of(broken.owner)

    assert exclude(client, first=50, last=45).status_code == 302

    port = outages.of_charger(broken.charger, since=NOW - 720 * HOUR, now=NOW).ports[0]
    assert port.uptime.excluded == port.uptime.nevi_excluded == 5 * HOUR
    text = client.get("/chargers/CP1/uptime/").text
    assert "Vandalism, The police has it on film" in text
    client.post("/chargers/CP1/uptime/", {"do": "withdraw", "exclusion": OutageExclusion.objects.get().pk})
    port = outages.of_charger(broken.charger, since=NOW - 720 * HOUR, now=NOW).ports[0]
    assert port.uptime.excluded == timedelta(0)
    assert list(AuditEntry.objects.order_by("id").values_list("verb", flat=True)) == [
        "outage.excluded",
        "outage.exclusion_withdrawn",
    ]


def test_an_exclusion_ends_after_it_begins(broken, client_of):
    answer = exclude(client_of(broken.owner), first=45, last=50)

    assert "It must end after it begins." in answer.text
    assert not OutageExclusion.objects.exists()


@pytest.mark.parametrize(("role", "status"), [("manager", 302), ("operator", 404), ("read_only", 404)])
def test_who_manages_excludes(broken, client_of, role, status):
    client = client_of(make_user("some@example.com", broken.host, role))

    assert exclude(client, first=50, last=45).status_code == status
    assert client.get("/chargers/CP1/uptime/").status_code == 200
    assert client_of(broken.stranger).get("/chargers/CP1/uptime/").status_code == 404
