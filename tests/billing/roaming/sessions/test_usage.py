"""What a session used, in charging periods, from the same inputs as its price."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.pricing import session_facts
from billing.roaming.sessions import usage
from tests.kit.own_cdrs import RATES, inputs

BEGINS = datetime(2026, 3, 10, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize("name", list(RATES))
def test_periods_follow_each_other_and_add_up_to_the_energy_and_the_time(name):
    used = usage.of_rating(inputs(RATES[name]), tariff_id="t")

    starts = [period.start for period in used.periods]
    assert starts == sorted(set(starts))
    assert (used.start, starts[0]) == (BEGINS, BEGINS)
    assert sum(period.energy_wh for period in used.periods) == 12_000
    assert used.idle_s == 95 * 60
    assert {period.tariff_id for period in used.periods} == {"t"}


def test_a_period_begins_where_the_price_of_energy_changes():
    used = usage.of_rating(inputs(RATES["two prices a day"], idle_min=0), tariff_id="")

    assert [period.start for period in used.periods] == [BEGINS, BEGINS + timedelta(minutes=30)]
    assert [period.energy_wh for period in used.periods] == [3000, 9000]


def test_idle_time_that_costs_nothing_yet_stands_as_charging_where_that_is_free():
    used = usage.of_rating(inputs(RATES["idle with a grace"]), tariff_id="")

    assert sum(period.parking_s for period in used.periods) == 85 * 60, "95 minutes but the ten of grace"
    assert sum(period.charging_s for period in used.periods) == 130 * 60


def test_where_charging_time_costs_something_no_idle_time_stands_as_such():
    used = usage.of_rating(inputs(RATES["time by the minute"]), tariff_id="")

    assert sum(period.charging_s for period in used.periods) == 120 * 60
    assert sum(period.parking_s for period in used.periods) == 95 * 60


def test_seconds_of_charging_are_the_minutes_of_the_receipt():
    """A car that is full after 10 s of another minute pays for whole minutes only."""
    stored = inputs(RATES["time by the minute"], idle_min=0)
    for event in stored["session"]["events"][-3:]:
        event["t"] = "2026-03-10T22:30:10Z"

    report = session_facts.replay(stored)
    used = usage.of_rating(stored, tariff_id="")

    (line,) = [line for line in report.lines if line.component == "time"]
    assert sum(period.charging_s for period in used.periods) == int(line.quantity) * 60
