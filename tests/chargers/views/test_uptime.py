"""Chargers > View > Uptime: states, uptime, and outages that do not count."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AuditEntry
from billing.models import RateVersion
from chargers.availability import outages
from chargers.fleet import presence
from chargers.models import OutageExclusion
from tests.kit import charging
from tests.kit.world import make_user

NOW = datetime.now(tz=UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)


@pytest.fixture
def broken(world):
    """Online for 100 hours, of which it was offline from the 50th to the 40th before now."""
    presence.connect(world.charger, connection_id=uuid.uuid4(), version="1.6", now=NOW - 100 * HOUR)
    presence.disconnect_all(now=NOW - 50 * HOUR)
    presence.connect(world.charger, connection_id=uuid.uuid4(), version="1.6", now=NOW - 40 * HOUR)
    return world


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


def test_it_shows_states_with_a_table_behind_and_the_uptime_of_each_port(broken, client_of):
    text = client_of(broken.owner).get("/chargers/CP1/uptime/").text

    assert text.count("<svg") - text.count('<svg class="mark') >= 2
    assert 'class="look-bad"' in text
    assert "<td>Offline</td>" in text
    assert re.search(r"<strong>(89\.9|90\.0)\d %</strong>", text)
    assert "The history of its connection begins" in text


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


def test_it_says_since_when_it_is_broken_and_what_that_probably_cost(broken, client_of):
    charging.assign(charging.make_rate(broken.host), broken.site, "guest", "member")
    RateVersion.objects.update(created_at=NOW - timedelta(days=90))
    for week in range(2, 6):
        charging.charge(broken.charger, at=NOW - timedelta(weeks=week) + 5 * HOUR)
    presence.disconnect_all(now=NOW - timedelta(weeks=1))
    type(broken.charger).objects.update(disconnected_at=NOW - timedelta(weeks=1))

    text = client_of(broken.owner).get("/chargers/CP1/uptime/").text

    assert "Offline since" in text
    assert "about 1 session and $9.00 lost" in text
    assert "An estimate" in text
    operator = client_of(make_user("some@example.com", broken.host, "operator"))
    assert "$9.00" not in operator.get("/chargers/CP1/uptime/").text


def test_what_was_typed_of_an_exclusion_stays_beside_what_is_wrong(broken, client_of):
    client = client_of(broken.owner)
    page = client.get("/chargers/CP1/uptime/").text
    key = page.split('name="outage" value="')[1].split('"')[0]
    said = {
        "do": "exclude", "kind": "vandalism", "evse": "1", "outage": key, "reason": "On film",
        "begins_at": "2026-03-10T10:00:00", "ends_at": "2026-03-10T09:00:00",
    }  # fmt: skip

    text = client.post("/chargers/CP1/uptime/", said).text

    assert "<strong>Until:</strong> It must end after it begins." in text
    assert "<li>ends_at" not in text
    assert f'<details id="exclude-{key}" open>' in text
    assert 'name="ends_at" value="2026-03-10T09:00:00" required aria-invalid="true"' in text
    assert 'value="On film"' in text
    assert '<option value="vandalism" selected>' in text
