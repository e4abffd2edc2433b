"""The rows of a receipt before rounding: what was used, at which price, and why."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from billing.engine.rate.tariff import rate_problems
from tests.kit.rating_sessions import ALL_DAY, amounts, energies, meter, priced, rate, start, stop

FIRST_TEN = {"name": "first", "price": "0.50", "to_kwh": "10"}
BEYOND = {"name": "beyond", "price": "0.30", "from_kwh": "10"}
TWENTY_KWH = (start("14:00", 100_000), stop("16:00", 120_000))


def test_it_prices_energy_by_how_much_of_the_session_has_flowed() -> None:
    report = priced(*TWENTY_KWH, rate=rate(energy=[FIRST_TEN, BEYOND]))

    assert energies(report) == [("first", 10_000), ("beyond", 10_000)]
    assert amounts(report) == [("connection", 50), ("energy", 500), ("energy", 300)]
    assert "for the first 10 kWh of a session" in report.lines[1].reason
    assert "from 2026-03-10 15:00 to 2026-03-10 16:00" in report.lines[2].reason
    assert not report.inputs.estimated_splits, "energy cuts by energy are exact"


@pytest.mark.parametrize(
    "energy",
    [
        [FIRST_TEN, ALL_DAY],
        [FIRST_TEN, BEYOND],
        [ALL_DAY | {"to_date": "2026-06-30"}, ALL_DAY | {"from_date": "2026-07-01"}],
        [{"name": "evening", "price": "1", "from": "17:00", "to": "21:00"}, FIRST_TEN, BEYOND],
    ],
)
def test_it_lets_an_exception_lie_over_a_general_price(energy: Any) -> None:
    assert rate_problems(rate(energy=energy), currency="USD") == ()


def test_it_finds_the_moment_at_which_so_much_energy_had_flowed() -> None:
    from billing.engine.timeline import lay_out
    from tests.kit.rating_sessions import session

    timeline = lay_out(session(start("14:00", 5), meter("14:10", 5), meter("14:20", 15), stop("15:00", 15)).facts)

    two = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
    assert [timeline.instant_of(Fraction(wh)) - two for wh in (0, 5, 10)] == [
        timedelta(0),
        timedelta(minutes=15),
        timedelta(minutes=20),
    ]
    assert timeline.last_rise_at - two == timedelta(minutes=20)
