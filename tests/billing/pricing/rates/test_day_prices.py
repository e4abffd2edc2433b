"""What energy costs through a day: strips of 24 hours, one for the days that are alike."""

from datetime import date

import pytest

from billing.engine.rate import tariff
from billing.pricing.rates import day_prices

MONDAY = date(2026, 3, 9)


def strips(*energy, today=MONDAY):
    rate = tariff.parse_rate({"energy": list(energy)}, currency="USD")
    return day_prices.build_strips(rate, today=today, text=lambda price: f"${price:.2f}")


def test_one_price_is_one_strip_for_every_day():
    (strip,) = strips({"name": "all day", "price": "0.40"})

    assert (strip.days, strip.summary) == ("Every day", "00:00–24:00 $0.40")
    (stretch,) = strip.stretches
    assert (stretch.x, stretch.width, stretch.y, stretch.height) == (0, 100, 0, day_prices.HEIGHT)


def test_hours_of_a_day_lie_side_by_side_the_dearest_highest():
    (strip,) = strips(
        {"name": "evening", "price": "0.60", "from": "17:00", "to": "21:00"}, {"name": "other", "price": "0.30"}
    )

    assert strip.summary == "00:00–17:00 $0.30; 17:00–21:00 $0.60; 21:00–24:00 $0.30"
    morning, evening, night = strip.stretches
    assert morning.x + morning.width == pytest.approx(evening.x, abs=0.02)
    assert evening.x + evening.width == pytest.approx(night.x, abs=0.02)
    assert (evening.y, evening.shade) == (0, 5)
    assert morning.height == night.height < evening.height


def test_a_window_past_midnight_is_cut_at_midnight():
    (strip,) = strips(
        {"name": "night", "price": "0.20", "from": "22:00", "to": "06:00"}, {"name": "day", "price": "0.45"}
    )

    assert strip.summary == "00:00–06:00 $0.20; 06:00–22:00 $0.45; 22:00–24:00 $0.20"


def test_days_that_differ_have_a_strip_of_their_own():
    week, weekend = strips(
        {"name": "weekend", "price": "0.25", "days": ["SAT", "SUN"]}, {"name": "day", "price": "0.45"}
    )

    assert (week.days, weekend.days) == ("Monday to Friday", "At weekends")
    assert weekend.summary == "00:00–24:00 $0.25"


def test_single_days_are_named():
    days = [strip.days for strip in strips({"name": "a", "price": "0", "days": ["WED"]}, {"name": "b", "price": "1"})]

    assert days == ["Mon, Tue, Thu, Fri, Sat, Sun", "Wed"]


def test_what_is_free_is_drawn_as_free():
    (strip,) = strips({"name": "all", "price": "0"})

    (stretch,) = strip.stretches
    assert (stretch.shade, stretch.price) == (0, "$0.00")
    assert stretch.height > 0


def test_of_tiers_the_first_is_shown():
    (strip,) = strips({"name": "first", "price": "0.50", "to_kwh": 5}, {"name": "rest", "price": "0.30"})

    assert strip.summary == "00:00–24:00 $0.50"


def test_a_short_stretch_has_no_room_for_its_price():
    (strip,) = strips({"name": "noon", "price": "0.60", "from": "12:00", "to": "13:00"}, {"name": "b", "price": "0.30"})

    assert [stretch.has_room for stretch in strip.stretches] == [True, False, True]
