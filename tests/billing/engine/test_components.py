"""The parts of a price beside plain energy: tiers, dates, time, idle counts, fees with a condition, and the bounds."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from billing.engine.rate.tariff import Component, rate_problems
from billing.engine.reports.report import PriceReport, Unit
from billing.engine.reports.report_json import report_json
from tests.kit.rating_sessions import ALL_DAY, amounts, energies, meter, priced, rate, start, status, stop

FIRST_TEN = {"name": "first", "price": "0.50", "to_kwh": "10"}
BEYOND = {"name": "beyond", "price": "0.30", "from_kwh": "10"}
TWENTY_KWH = (start("14:00", 100_000), stop("16:00", 120_000))
IDLE = {"per_min": "0.10", "grace_min": 10}
WAITED = (
    start("14:00"),
    status("14:00", "Charging"),
    meter("15:00", 10_000),
    status("15:00", "SuspendedEV"),
    status("15:30", "Available"),
    stop("15:30", 10_000),
)


def line(report: PriceReport, component: Component) -> Any:
    return next(line for line in report.lines if line.component is component)


def test_it_prices_energy_by_how_much_of_the_session_has_flowed() -> None:
    report = priced(*TWENTY_KWH, rate=rate(energy=[FIRST_TEN, BEYOND]))

    assert energies(report) == [("first", 10_000), ("beyond", 10_000)]
    assert amounts(report) == [("connection", 50), ("energy", 500), ("energy", 300)]
    assert "for the first 10 kWh of a session" in report.lines[1].reason
    assert "from 2026-03-10 15:00 to 2026-03-10 16:00" in report.lines[2].reason
    assert not report.inputs.estimated_splits, "energy cuts by energy are exact"


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


@pytest.mark.parametrize(
    ("exempt", "driver", "reason"),
    [
        ({"exempt_audiences": ["member"]}, {"audience": "member"}, "Members pay no idle fee."),
        ({"exempt_groups": ["staff"]}, {"audience": "member", "groups": ["staff"]}, "group staff pay no idle fee."),
    ],
)
def test_it_shows_an_idle_fee_that_is_waived_as_a_line_of_nothing(exempt: Any, driver: Any, reason: str) -> None:
    definition = rate(idle=IDLE | exempt)

    exempted = priced(*WAITED, rate=definition, driver=driver)
    others = priced(*WAITED, rate=definition, driver={"audience": "guest"})

    assert (line(exempted, Component.IDLE).amount_minor, exempted.idle_minutes) == (0, 0)
    assert line(exempted, Component.IDLE).reason.endswith(reason)
    assert (line(others, Component.IDLE).amount_minor, others.idle_minutes) == (200, 20)


def test_it_takes_a_percentage_of_the_other_lines_for_processing() -> None:
    report = priced(*TWENTY_KWH, rate=rate(processing_fee="0.30", processing_pct="2.9"))

    fixed, percent = report.lines[2:]
    assert (fixed.amount_minor, percent.exact) == (30, Fraction("21.75"))
    assert (percent.quantity, percent.unit, percent.unit_price) == (Decimal("2.9"), Unit.PERCENT, Decimal("7.50"))
    assert report.total_minor == 802


def test_it_keeps_the_processing_fee_off_the_guests_lines_where_the_host_bears_it() -> None:
    report = priced(*TWENTY_KWH, rate=rate(processing_fee="0.30", processing_pct="2.9", processing_paid_by="host"))

    assert [part for part, _ in amounts(report)] == ["connection", "energy"]
    assert report.total_minor == 750
    assert [cost["amount"] for cost in report_json(report)["host_costs"]] == [30, 22]
    assert "host_costs" not in report_json(priced(*TWENTY_KWH))


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


def test_it_counts_charging_time_only_in_the_hours_of_the_fee() -> None:
    fee = {"per_min": "0.10", "windows": [{"from": "14:30", "to": "15:30"}]}

    found = line(priced(*WAITED, rate=rate(time=fee)), Component.TIME)

    assert found.quantity == 30
    assert "Of that 30 min at hours without this fee do not count." in found.reason


@pytest.mark.parametrize(
    ("windows", "is_paid"),
    [
        ([{"from": "08:00", "to": "18:00"}], True),
        ([{"from": "18:00", "to": "08:00"}], False),
        ([{"days": ["SAT", "SUN"]}], False),
        ([{"days": ["SAT", "SUN"]}, {"days": ["TUE"], "from": "12:00"}], True),
        ([{"days": ["TUE"], "from": "22:00", "to": "15:00"}], True),
    ],
)
def test_it_takes_the_connection_fee_of_who_starts_in_its_hours(windows: Any, is_paid: bool) -> None:
    report = priced(*TWENTY_KWH, rate=rate(connection_windows=windows))  # a Tuesday, from 14:00

    assert ("connection" in dict(amounts(report))) is is_paid


def test_it_reads_the_hours_of_the_connection_fee_on_the_wall_clock() -> None:
    fee = rate(connection_windows=[{"from": "10:00", "to": "11:00"}])

    assert "connection" in dict(amounts(priced(*TWENTY_KWH, rate=fee, timezone="America/New_York")))


def test_it_takes_an_idle_fee_only_in_several_windows_by_weekday() -> None:
    fee = IDLE | {"grace_min": 0, "windows": [{"days": ["TUE"], "from": "15:10", "to": "15:15"}, {"days": ["SUN"]}]}

    assert line(priced(*WAITED, rate=rate(idle=fee)), Component.IDLE).quantity == 5
