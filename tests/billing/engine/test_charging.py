"""Charging time: the time with energy flow that a time fee may be charged for."""

from decimal import Decimal
from typing import Any

import pytest

from billing.engine.rate.tariff import Component
from billing.engine.reports.report import Unit
from tests.kit.components import WAITED, line
from tests.kit.rating_sessions import meter, priced, rate, start, status, stop


@pytest.mark.parametrize(
    ("fee", "amount", "quantity", "unit"),
    [
        ({"per_hour": "2.40"}, 240, "1.0000", Unit.HOUR),
        ({"per_min": "0.05"}, 300, "60", Unit.MINUTE),
        ({"per_min": "0.05", "cap": "2.00"}, 200, "60", Unit.MINUTE),
    ],
)
def test_it_takes_a_price_for_the_time_in_which_energy_flowed(fee: Any, amount: int, quantity: str, unit: Unit) -> None:
    found = line(priced(*WAITED, rate=rate(time=fee)), Component.TIME)
    assert (found.amount_minor, found.quantity, found.unit) == (amount, Decimal(quantity), unit)
    assert "Energy flowed from 2026-03-10 14:00 to 2026-03-10 15:00." in found.reason


def test_it_does_not_count_time_in_which_the_connector_was_not_charging() -> None:
    report = priced(
        start("14:00"),
        status("14:00", "Preparing"),
        status("14:05", "Charging"),
        status("14:20", "SuspendedEVSE"),
        status("14:30", "Charging"),
        meter("15:00", 5000),
        stop("16:00", 5000),
        rate=rate(time={"per_min": "0.10"}),
        withheld=[["2026-03-10T14:50:00Z", "2026-03-10T15:10:00Z"]],
    )
    found = line(report, Component.TIME)
    assert found.quantity == 35
    assert "Of that 25 min without charging do not count." in found.reason


def test_it_bills_the_time_of_a_session_whose_stop_was_lost_up_to_the_last_rise() -> None:
    report = priced(start("14:00"), meter("14:30", 5000), meter("15:00", 5000), rate=rate(time={"per_min": "0.10"}))
    assert line(report, Component.TIME).quantity == 30


def test_it_counts_charging_time_only_in_the_hours_of_the_fee() -> None:
    fee = {"per_min": "0.10", "windows": [{"from": "14:30", "to": "15:30"}]}

    found = line(priced(*WAITED, rate=rate(time=fee)), Component.TIME)

    assert found.quantity == 30
    assert "Of that 30 min at hours without this fee do not count." in found.reason
