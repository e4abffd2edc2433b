"""The attention list: one row for each charger, property or host, the most money and drivers at stake first."""

from datetime import UTC, datetime, timedelta

import pytest

from backoffice.portal.attention import acts, attention
from backoffice.portal.attention.attention import SnoozeFor
from billing.models import RateVersion
from chargers.models import Property
from tests.kit import charging
from tests.kit.attention_pages import fault, offline, online
from tests.kit.charging import YESTERDAY
from tests.kit.world import make_charger, make_user, tap

__all__ = ["online"]
NOW = datetime.now(tz=UTC)


def test_a_fault_is_shown_since_it_began_and_not_since_it_was_repeated(online):
    fault(online.charger, at=NOW - timedelta(hours=30))
    fault(online.charger, at=NOW - timedelta(hours=1))

    [row] = attention.for_viewer(online.owner, now=NOW).rows

    assert row.since == NOW - timedelta(hours=30)


def test_what_costs_most_comes_first(online, client_of):
    """Two chargers broke at the same moment a day ago. At one a session of 9.00 was usual at this time."""
    Property.objects.update(access="guest")
    online.charger.property.refresh_from_db()
    charging.assign(charging.make_rate(online.host), online.site, "guest", "member")
    RateVersion.objects.update(created_at=YESTERDAY - timedelta(days=90))
    other = make_charger(online.site, "CP2", station_id="A-QUIET-ONE")
    for week in range(2, 6):
        charging.charge(online.charger, at=NOW - timedelta(weeks=week) + timedelta(hours=5))
    for charger in (other, online.charger):
        offline(charger, minutes=7 * 24 * 60)
    client = client_of(online.owner)

    rows = attention.for_viewer(online.owner, now=NOW).rows

    assert [row.subject.label for row in rows] == ["SUN001", "A-QUIET-ONE"]
    assert rows[0].drivers == 1
    assert rows[0].amounts == [("USD", 900)]
    text = client.get("/").text
    assert "about $9.00" in text
    assert "1 driver" in text


def test_who_sees_no_money_sees_the_row_without_amounts(online):
    operator = make_user("operator@example.com", online.host, "operator")
    charging.assign(charging.make_rate(online.host), online.site, "guest", "member")
    RateVersion.objects.update(created_at=YESTERDAY - timedelta(days=90))
    charging.charge(online.charger, at=NOW - timedelta(weeks=2, hours=5))
    offline(online.charger, minutes=7 * 24 * 60)

    [row] = attention.for_viewer(operator, now=NOW).rows

    assert row.amounts == []


@pytest.mark.parametrize(
    ("lasts", "minutes"), [(SnoozeFor.HOUR, 60), (SnoozeFor.DAY, 24 * 60), (SnoozeFor.WEEK, 7 * 24 * 60)]
)
def test_a_snooze_ends_by_itself(online, lasts, minutes):
    offline(online.charger, minutes=20)
    subject = attention.subject_named(online.owner, "charger:CP1")
    assert subject
    acts.snooze(subject, lasts, by=online.owner, now=NOW)

    before = attention.for_viewer(online.owner, now=NOW + timedelta(minutes=minutes - 1))
    after = attention.for_viewer(online.owner, now=NOW + timedelta(minutes=minutes))

    assert (before.rows, len(before.snoozed)) == ([], 1)
    assert [row.subject.label for row in after.rows] == ["SUN001"]


def test_what_refusals_cost_does_not_fall_while_they_go_on(online):
    charging.assign(charging.make_rate(online.host), online.site, "member")
    charging.charge(online.charger, at=YESTERDAY - timedelta(days=2), wh=20_000)
    for number in range(3):
        tap(online.charger, "DEADBEEF", at=NOW - timedelta(minutes=90 - number))

    [before] = attention.for_viewer(online.owner, now=NOW).rows
    charging.charge(online.charger, at=NOW - timedelta(hours=1), wh=100)  # a cheap one since
    [after] = attention.for_viewer(online.owner, now=datetime.now(tz=UTC)).rows

    assert before.amounts == after.amounts == [("USD", 900)]
