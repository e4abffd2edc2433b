"""What the price engine is told of a session's charger and its clock."""

import pytest

from authorization.models import TokenGroup
from billing.pricing import session_facts
from chargers.fleet import presence
from chargers.models import WithheldPower
from tests.billing.conftest import NOON, PLAIN, minutes


def known(site, *, offset_s):
    row = site.transaction()
    session = site.begin(row)
    site.stop(row, 6000, at=minutes(60))
    presence.clock_measured(site.charger, offset_s=offset_s, now=NOON)
    session.refresh_from_db()
    found = session_facts.load(type(session).objects.get(pk=session.pk), until=minutes(90))
    assert found
    return found


@pytest.mark.parametrize(("offset_s", "told_s"), [(-192, -192), (200, 200), (300, 300), (301, 0), (7200, 0)])
def test_it_corrects_a_clock_unless_its_times_were_replaced_by_ours(site, offset_s, told_s):
    assert known(site, offset_s=offset_s).facts.charger_clock_offset_s == told_s


def test_it_counts_a_value_that_the_corrected_clock_puts_into_our_future(site):
    found = known(site, offset_s=-192)

    assert found.not_before_last_register(minutes(60)) == minutes(60 + 192 / 60)
    assert found.not_before_last_register(minutes(80)) == minutes(80)
    assert found.not_before_last_register(None) is None


def test_it_bills_no_idle_time_while_the_property_withheld_power(site):
    """The charger says SuspendedEV all the time; the property's limit had left the car nothing for 30 minutes."""
    site.rate("member")
    row = site.transaction()
    session = site.begin(row)
    site.reading(row, 6000, at=minutes(60))
    site.status("SuspendedEV", at=minutes(60))
    WithheldPower.objects.create(transaction=row, began_at=minutes(65), ended_at=minutes(95))
    site.heard(since=minutes(0), until=minutes(121))
    site.stop(row, 6000, at=minutes(120))
    site.status("Available", at=minutes(120))
    for later in (minutes(121), minutes(122), minutes(123)):
        site.work(now=later)

    session.refresh_from_db()
    rating = session.ratings.get(kind="final")
    report = rating.report
    assert report["idle"]["withheld_s"] == 1800
    assert report["idle_minutes"] == 20  # 60 less 30 withheld less 10 of grace
    assert rating.inputs["session"]["withheld"] == [["2026-03-10T18:05:00Z", "2026-03-10T18:35:00Z"]]


def test_power_that_is_still_withheld_counts_up_to_now(site):
    row = site.transaction()
    session = site.begin(row)
    WithheldPower.objects.create(transaction=row, began_at=minutes(5))

    found = session_facts.load(session, until=minutes(30))

    assert found
    assert [(span.start, span.end) for span in found.facts.withheld] == [(minutes(5), minutes(30))]


def test_it_takes_the_connection_fee_once_of_who_starts_again_at_the_property(site):
    site.rate("member")
    first = site.transaction()
    site.begin(first)
    site.stop(first, 6000, at=minutes(60))
    site.status("Available", at=minutes(60))
    site.work(now=minutes(61))
    again = site.transaction(at=minutes(80), meter_start_wh=6000)
    session = site.begin(again)
    site.stop(again, 9000, at=minutes(120))
    site.status("Available", at=minutes(120))
    site.work(now=minutes(121))

    rating = session.ratings.get(kind="final")
    fee = rating.report["lines"][0]
    assert (fee["kind"], fee["amount"]) == ("connection", 0)
    assert "had ended 20 min earlier" in fee["reason"]
    assert rating.inputs["session"]["driver"]["previous_ended_at"] == "2026-03-10T18:00:00Z"
    assert session_facts.replay(rating.inputs).total_minor == rating.total_minor


def test_it_takes_it_again_where_the_session_before_was_not_charged_for_connecting(site):
    site.rate("member")
    nothing = site.transaction()
    site.begin(nothing)
    site.stop(nothing, 1000, at=minutes(5))
    site.work(now=minutes(6))
    again = site.transaction(at=minutes(10))
    session = site.begin(again)
    site.stop(again, 6000, at=minutes(60))

    found = session_facts.load(type(session).objects.get(pk=session.pk), until=minutes(90))

    assert found.facts.driver.previous_ended_at is None


def test_it_tells_the_groups_of_a_card_where_the_rate_spares_a_group_the_idle_fee(site):
    group = TokenGroup.objects.create(host=site.host, slug="staff", name="Staff")
    group.tokens.add(site.member)
    site.rate("member", definition=PLAIN | {"idle": {"per_min": "0.20", "exempt_groups": ["staff"]}})
    row = site.transaction()
    session = site.begin(row)
    site.stop(row, 6000, at=minutes(60))

    found = session_facts.load(type(session).objects.get(pk=session.pk), until=minutes(90))

    assert found.facts.driver.groups == {"staff"}
