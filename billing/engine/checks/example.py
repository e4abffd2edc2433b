"""An example session that shows what a rate means: steady charging, then a car that stays."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from billing.engine import price
from billing.engine.rate.calendar import WHOLE_WEEK
from billing.engine.rate.tariff import EnergyWindow, Rate
from billing.engine.reports.report import PriceReport
from billing.engine.values.facts import (
    Benefits,
    ConnectorStatus,
    Event,
    RegisterContext,
    RegisterReported,
    SessionFacts,
    StatusReported,
)

POWER_W: Final = 11_000
_STEP: Final = timedelta(minutes=5)
_NO_BENEFITS: Final = Benefits()
_ANY_DAY: Final = date(2026, 1, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """The example.

    `late` is how long the car stays plugged in after it stopped taking energy; `weekday` 0 is Monday.
    """

    energy_wh: int = 20_000
    weekday: int = 1
    at: time = time(17, 30)
    late: timedelta = timedelta(minutes=40)
    power_w: int = POWER_W
    benefits: Benefits = _NO_BENEFITS


def price_of(example: Example, *, rate: Rate, zone: ZoneInfo, today: date) -> PriceReport:
    """Returns what the session would cost on the next such weekday, by the same engine as a real one."""
    day = today + timedelta(days=(example.weekday - today.weekday()) % 7)
    started_at = datetime.combine(day, example.at, tzinfo=zone).astimezone(UTC)
    facts = SessionFacts(
        events=_events(example, started_at=started_at), max_power_w=example.power_w, benefits=example.benefits
    )
    return price.price(rate=rate, facts=facts, zone=zone)


def highest_price(energy_wh: int, *, rate: Rate, power_w: int, benefits: Benefits = _NO_BENEFITS) -> PriceReport:
    """Returns the highest price of this energy at any time: at the highest price of each tier, with all fees.

    The car leaves when it is full, so that there is no idle fee.
    """
    edges = {
        0,
        *(window.from_wh for window in rate.energy),
        *(energy_window.to_wh for energy_window in rate.energy if energy_window.to_wh is not None),
    }
    begins = sorted(edges)
    tiers = [
        EnergyWindow(
            name="highest", price=_highest_energy_price(rate, at_wh=begin), window=WHOLE_WEEK, from_wh=begin, to_wh=end
        )
        for begin, end in zip(begins, [*begins[1:], None], strict=True)
    ]
    example = Example(energy_wh=energy_wh, late=timedelta(0), power_w=power_w, benefits=benefits)
    time = replace(rate.time, windows=()) if rate.time else None
    highest = replace(rate, energy=tuple(tiers), time=time, connection_windows=())
    return price_of(example, rate=highest, zone=ZoneInfo("UTC"), today=_ANY_DAY)


def _highest_energy_price(rate: Rate, *, at_wh: int) -> Decimal:
    return max((window.price for window in rate.energy if window.prices(Fraction(at_wh))), default=Decimal(0))


def _events(example: Example, *, started_at: datetime) -> tuple[Event, ...]:
    """Returns the events: a start, readings every five minutes at a steady power, a pause when full, and the
    unplugging.
    """
    lasts = timedelta(
        seconds=-(-example.energy_wh * 3600 // example.power_w)
    )  # rounded up, so that the power is never exceeded
    full_at, gone_at = started_at + lasts, started_at + lasts + example.late
    readings = [
        RegisterReported(at=started_at + step * _STEP, wh=example.energy_wh * (step * _STEP) // lasts)
        for step in range(1, -(-lasts // _STEP))
    ]
    return (
        RegisterReported(at=started_at, wh=0, context=RegisterContext.START),
        StatusReported(at=started_at, status=ConnectorStatus.CHARGING),
        *readings,
        RegisterReported(at=full_at, wh=example.energy_wh),
        StatusReported(at=full_at, status=ConnectorStatus.SUSPENDED_EV),
        RegisterReported(at=gone_at, wh=example.energy_wh, context=RegisterContext.STOP),
        StatusReported(at=gone_at, status=ConnectorStatus.AVAILABLE),
    )
