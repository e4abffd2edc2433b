"""Chargers > View > Uptime: states, uptime, and outages that do not count."""

import re
from datetime import UTC, datetime, timedelta

from billing.models import RateVersion
from chargers.fleet import presence
from tests.kit import charging
from tests.kit.uptime_pages import broken
from tests.kit.world import make_user

__all__ = ["broken"]
NOW = datetime.now(tz=UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)


def test_it_shows_states_with_a_table_behind_and_the_uptime_of_each_port(broken, client_of):
    text = client_of(broken.owner).get("/chargers/CP1/uptime/").text

    assert text.count("<svg") - text.count('<svg class="mark') >= 2
    assert 'class="look-bad"' in text
    assert "<td>Offline</td>" in text
    assert re.search(r"<strong>(89\.9|90\.0)\d %</strong>", text)
    assert "The history of its connection begins" in text


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
