"""A session made up to show what a rate means, priced by the engine of real ones."""

from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from billing.engine.checks import example
from billing.engine.checks.example import Example
from billing.engine.rate.tariff import Component, Rate
from tests.kit.rating_sessions import amounts, rate, session, start

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = ["MON", "TUE", "WED", "THU", "FRI", "SAT"]
SUNDAY = date(2026, 3, 8)
EVENING = [
    {"name": "evening", "price": "0.60", "from": "18:00", "to": "24:00"},
    {"name": "day", "price": "0.30"},
]


def typed(**changes: Any) -> Rate:
    return session(start("10:00"), rate=rate(**changes)).rate


def test_it_takes_the_energy_and_leaves_at_once_where_nobody_is_late():
    report = example.price_of(Example(energy_wh=10_000, late=timedelta(0)), rate=typed(), zone=BERLIN, today=SUNDAY)

    assert amounts(report) == [("connection", 50), ("energy", 350)]


def test_a_car_that_stays_pays_the_idle_fee_after_its_grace():
    idle = {"per_min": "0.20", "grace_min": 10}

    report = example.price_of(
        Example(energy_wh=10_000, late=timedelta(minutes=40)), rate=typed(idle=idle), zone=BERLIN, today=SUNDAY
    )

    assert report.idle_minutes == 30


@pytest.mark.parametrize(("at", "energy_minor"), [(time(12), 300), (time(18), 600)])
def test_its_price_is_that_of_its_hour_on_the_wall_clock(at, energy_minor):
    report = example.price_of(
        Example(energy_wh=10_000, at=at, late=timedelta(0), power_w=22_000),
        rate=typed(energy=EVENING),
        zone=BERLIN,
        today=SUNDAY,
    )

    assert sum(line.amount_minor for line in report.lines if line.component is Component.ENERGY) == energy_minor


def test_its_day_is_the_next_of_that_name_and_today_counts():
    weekend = [{"name": "Sunday", "price": "0.10", "days": ["SUN"]}, {"name": "week", "price": "0.30", "days": WEEK}]
    sunday = Example(energy_wh=10_000, weekday=6, at=time(0), late=timedelta(0))

    for today in (SUNDAY, SUNDAY + timedelta(days=1), SUNDAY + timedelta(days=6)):
        report = example.price_of(sunday, rate=typed(energy=weekend), zone=BERLIN, today=today)
        assert amounts(report)[1] == ("energy", 100)


def test_the_dearest_takes_the_highest_price_of_each_tier_and_no_idle_fee():
    tiers = [
        {"name": "first", "price": "0.20", "to_kwh": 10},
        {"name": "then", "price": "0.50", "from_kwh": 10},
    ]

    report = example.highest_price(20_000, rate=typed(energy=tiers, idle={"per_min": "1.00"}), power_w=11_000)

    assert report.subtotal_minor == 50 + 200 + 500
    assert example.highest_price(20_000, rate=typed(energy=EVENING), power_w=11_000).subtotal_minor == 50 + 1200


def test_a_fee_of_some_hours_counts_among_the_dearest():
    hours = [{"from": "18:00", "to": "22:00"}]

    report = example.highest_price(1000, rate=typed(connection_fee="2.00", connection_windows=hours), power_w=11_000)

    assert ("connection", 200) in amounts(report)
