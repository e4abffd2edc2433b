"""A session made up to show what a rate means: steady charging, then a car that stays."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from billing.rating import price
from billing.rating.facts import (
    ConnectorStatus,
    Event,
    RegisterContext,
    RegisterReported,
    SessionFacts,
    StatusReported,
)
from billing.rating.report import PriceReport
from billing.rating.tariff import Rate

POWER_W: Final = 11_000
_STEP: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """`late` is how long the car stays plugged in after it stopped taking energy; `weekday` 0 is Monday."""

    energy_wh: int = 20_000
    weekday: int = 1
    at: time = time(17, 30)
    late: timedelta = timedelta(minutes=40)


def price_of(example: Example, *, rate: Rate, zone: ZoneInfo, today: date) -> PriceReport:
    """What the session would cost on the next such weekday, by the same engine as a real one."""
    day = today + timedelta(days=(example.weekday - today.weekday()) % 7)
    started_at = datetime.combine(day, example.at, tzinfo=zone).astimezone(UTC)
    return price.price(rate=rate, facts=SessionFacts(events=_events(example, started_at=started_at)), zone=zone)


def _events(example: Example, *, started_at: datetime) -> tuple[Event, ...]:
    """Starts, is read every five minutes at a steady 11 kW, pauses when full, and ends when it is unplugged."""
    lasts = timedelta(seconds=example.energy_wh * 3600 // POWER_W)
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
