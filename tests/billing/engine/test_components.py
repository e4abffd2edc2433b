"""The parts of a price beside plain energy: tiers, dates, time, idle counts, fees with a condition, and the bounds."""

from typing import Any

import pytest

from billing.engine.rate.tariff import Component, rate_problems
from tests.kit.components import line
from tests.kit.rating_sessions import ALL_DAY, meter, priced, rate, start, status, stop

FIRST_TEN = {"name": "first", "price": "0.50", "to_kwh": "10"}
BEYOND = {"name": "beyond", "price": "0.30", "from_kwh": "10"}
TWENTY_KWH = (start("14:00", 100_000), stop("16:00", 120_000))


@pytest.mark.parametrize(("count", "minutes"), [("completed", 2), ("started", 3)])
def test_it_counts_minutes_as_the_rate_says(count: str, minutes: int) -> None:
    events = (
        start("14:00"),
        meter("14:02:30", 500),
        status("14:02:30", "SuspendedEV"),
        status("14:05:01", "Available"),
        stop("14:05:01", 500),
    )
    fees = {"time": {"per_min": "0.10", "count": count}, "idle": {"per_min": "0.10", "count": count}}
    report = priced(*events, rate=rate(**fees))
    assert [line(report, part).quantity for part in (Component.TIME, Component.IDLE)] == [minutes, minutes]
    assert f"{minutes} {count} minutes at 0.10 USD." in line(report, Component.IDLE).reason


def test_it_takes_each_tax_of_its_share_of_what_the_maximum_leaves() -> None:
    taxes = {"mode": "inclusive", "rates": {"energy": "21", "connection": "0"}}
    report = priced(*TWENTY_KWH, rate=rate(connection_fee="3.00", tax=taxes, max_total="5.00"))

    assert report.total_minor == 500
    assert [(line.tax_pct, line.amount_minor) for line in report.lines[2:]] == [(0, -150), (21, -350)]
    assert [(group.rate_pct, group.base_minor + group.tax_minor) for group in report.taxes] == [(0, 150), (21, 350)]


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"min_total": "5", "max_total": "4"}, "max_total", "below the minimum 5"),
        ({"processing_pct": "120"}, "processing_pct", "not between 0 and 100"),
        ({"processing_paid_by": "gest"}, "processing_paid_by", "did you mean guest?"),
        ({"time": {}}, "time", "either as `per_hour` or as `per_min`"),
        ({"time": {"per_hour": "1", "per_min": "1"}}, "time", "either as"),
        ({"time": {"per_min": "1", "count": "begun"}}, "time.count", "way to count minutes"),
        (
            {"idle": {"per_min": "1", "exempt_audiences": ["members"]}},
            "idle.exempt_audiences[0]",
            "did you mean member",
        ),
        ({"energy": [ALL_DAY | {"to_kwh": "0"}]}, "energy[0].to_kwh", "higher of the two"),
        ({"energy": [FIRST_TEN]}, "energy[0]", "Above 10 kWh no price holds"),
        ({"energy": [BEYOND]}, "energy[0]", "Between 0 and 10 kWh no price holds"),
        ({"energy": [FIRST_TEN, BEYOND | {"from_kwh": "12"}]}, "energy[1]", "Between 10 and 12 kWh"),
        ({"energy": [FIRST_TEN, BEYOND | {"from_kwh": "8"}]}, "energy[1]", "overlaps with energy[0]"),
        ({"energy": [ALL_DAY | {"from_date": "1.6.2026"}]}, "energy[0].from_date", "such as 2026-06-01"),
        ({"energy": [ALL_DAY | {"from_date": "2026-06-31"}]}, "energy[0].from_date", "such as 2026-06-01"),
        (
            {"energy": [ALL_DAY | {"from_date": "2026-06-02", "to_date": "2026-06-01"}]},
            "energy[0].to_date",
            "swap the two dates",
        ),
        (
            {"energy": [ALL_DAY | {"to_date": "2026-06-30"}, ALL_DAY | {"from_date": "2026-06-30"}]},
            "energy[1]",
            "overlaps with energy[0]",
        ),
        ({"tax": {"mode": "exclusive", "rates": {"adjustment": "20"}}}, "tax.rates.adjustment", "is not a key here"),
        ({"connection_restart_min": -1}, "connection_restart_min", "between 0 and"),
    ],
)
def test_it_names_what_is_wrong_and_the_mend(changes: Any, path: str, words: str) -> None:
    problems = rate_problems(rate(**changes), currency="USD")
    assert [problem.path for problem in problems] == [path]
    assert words in problems[0].message
