"""What the tests of engine.charging, engine.components, engine.fees and engine.lines share."""

from typing import Any

from billing.engine.rate.tariff import Component
from billing.engine.reports.report import PriceReport
from tests.kit.rating_sessions import meter, start, status, stop

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
