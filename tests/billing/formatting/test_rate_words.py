"""A rate in the host's words: every part of it as the definition states it."""

from typing import Any

import pytest

from billing.engine.rate.tariff import TAXED
from billing.formatting import rate_words
from tests.kit.rates_pages import EVERYTHING

ALL_DAY = {"name": "all day", "price": "0.40"}


def described(**definition: Any) -> dict[str, tuple[str, ...]]:
    parts = rate_words.describe({"energy": [ALL_DAY], **definition}, currency="USD")
    return {part.name: part.texts for part in parts}


def test_energy_and_tax_are_said_always_and_nothing_else_where_there_is_nothing_else():
    assert described() == {"Energy": ("$0.40 per kWh",), "Tax": ("none stated",)}
    assert described(connection_fee="0", processing_fee="0.00", idle={"per_min": "0"}) == described()


def test_everything_that_a_rate_can_have_is_said():
    parts = {part.name: part.texts for part in rate_words.describe(EVERYTHING, currency="USD")}

    assert parts == {
        "Energy": (
            "$0.55 per kWh Mon 17:00–21:00, 1 Jun 2026 to 31 Aug 2026",
            "$0.45 per kWh for the first 10 kWh",
            "$0.35 per kWh above 10 kWh",
        ),
        "Charging time": ("$0.02 per minute, at most $6.00, 08:00–20:00 only",),
        "Connection": ("$0.50 per session, once within 20 min, Sat–Sun and Fri 18:00–24:00 only",),
        "Idle": (
            "$0.20 per minute after 10 min, at most $12.00, 07:00–22:00 only",
            "not for members, group staff",
        ),
        "Processing": ("$0.30 and 1.5 %, paid by the host",),
        "A session costs": ("at least $1.00", "at most $40.00", "nothing below 200 Wh"),
        "Tax": ("21 % on energy, charging time; included",),
    }


def test_of_several_prices_those_without_bounds_are_told_by_their_names():
    bands = [{"name": "night", "price": "0.20", "from": "22:00", "to": "06:00"}, {"name": "day", "price": "0.45"}]

    assert described(energy=bands)["Energy"] == ("$0.20 per kWh 22:00–06:00", "$0.45 per kWh day")


@pytest.mark.parametrize(
    ("band", "said"),
    [
        ({"from_date": "2026-06-01"}, "from 1 Jun 2026"),
        ({"to_date": "2026-08-31"}, "until 31 Aug 2026"),
        ({"from_kwh": "10", "to_kwh": "20"}, "from 10 to 20 kWh"),
        ({"from_kwh": "0", "to_kwh": "20"}, "for the first 20 kWh"),
    ],
)
def test_days_and_tiers_that_are_open_on_one_side_are_said_so(band: dict[str, str], said: str):
    assert described(energy=[ALL_DAY | band])["Energy"] == (f"$0.40 per kWh {said}",)


def test_time_by_the_hour_is_said_by_the_hour():
    assert described(time={"per_hour": "1.20"})["Charging time"] == ("$1.20 per hour",)
    assert "Charging time" not in described(time=None)


def test_free_hours_and_the_notice_of_an_idle_fee_are_said():
    idle = {"per_min": "0.20", "only_after_notice": True, "free_windows": [["22:00", "07:00"], ["12:00", "13:00"]]}

    assert described(idle=idle)["Idle"] == ("$0.20 per minute, only after a notice; free 22:00–07:00, 12:00–13:00",)


@pytest.mark.parametrize(
    ("tax", "said"),
    [
        ({"mode": "exclusive", "of": "property"}, "the property's, added"),
        ({"mode": "inclusive", "rates": {}}, "none stated"),
        (
            {"mode": "exclusive", "rates": dict.fromkeys(TAXED, "8.250")},
            "8.25 %, added",
        ),
        (
            {"mode": "exclusive", "rates": {"energy": "9", "connection": "21", "idle": "21"}},
            "21 % on the connection fee, the idle fee; 9 % on energy; added",
        ),
    ],
)
def test_tax_is_said_once_for_the_parts_that_are_taxed_alike(tax: dict[str, Any], said: str):
    (text,) = described(tax=tax)["Tax"]
    assert text == said


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ({}, ""),
        ({"days": ["FRI", "MON", "TUE", "WED", "THU"]}, "Mon–Fri"),
        ({"days": ["SUN", "MON"], "to": "08:00"}, "Mon, Sun 00:00–08:00"),
        ({"from": "18:00"}, "18:00–24:00"),
    ],
)
def test_days_stand_in_the_order_of_the_week_and_hours_end_at_midnight(window: dict[str, Any], said: str):
    assert rate_words.hours(window) == said
