"""What is taken once per session, and what bounds its sum: connecting, processing, the minimum and the maximum."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from billing.engine.rate.tariff import Component
from billing.engine.reports.report import Unit
from billing.engine.reports.report_json import report_json
from tests.kit.components import WAITED, line
from tests.kit.rating_sessions import amounts, priced, rate, start, stop

TWENTY_KWH = (start("14:00", 100_000), stop("16:00", 120_000))
IDLE = {"per_min": "0.10", "grace_min": 10}


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
