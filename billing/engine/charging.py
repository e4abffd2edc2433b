"""Charging time: the time with energy flow that a time fee may be charged for.

It runs from the start to the last increase of the register, so that a session without a stop has one too. Spans with a
connector status other than Charging do not count, nor do those in which the property's limit withheld the power.
Without status reports all of it counts, because the register proves it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from billing.engine import idle
from billing.engine.idle import Span
from billing.engine.rate.tariff import TimeFee
from billing.engine.timeline import Timeline
from billing.engine.values import units
from billing.engine.values.facts import ConnectorStatus, WithheldSpan


@dataclass(frozen=True, slots=True)
class ChargingTime:
    """`counted`, `paused` and `outside` make up the span from `began_at` to `ended_at` (aware UTC).

    `outside` is charging time outside the fee's windows.
    """

    began_at: datetime
    ended_at: datetime
    counted: timedelta
    paused: timedelta
    outside: timedelta
    minutes: int


def charging_time(
    timeline: Timeline, *, fee: TimeFee, withheld: tuple[WithheldSpan, ...], zone: ZoneInfo
) -> ChargingTime:
    full_span = Span(start=timeline.start.at, end=timeline.last_rise_at)
    gaps: list[Span | WithheldSpan] = [*_pauses(timeline, end=full_span.end), *withheld]
    charged = list(idle.subtract_gaps(full_span, gaps=gaps))
    paid = [piece for span in charged for piece in idle.clip_to_windows(span, windows=fee.windows, zone=zone)]
    flowed, counted_time = _total(charged), _total(paid)
    return ChargingTime(
        began_at=full_span.start,
        ended_at=full_span.end,
        counted=counted_time,
        paused=full_span.duration - flowed,
        outside=flowed - counted_time,
        minutes=units.minutes(counted_time, count=fee.count),
    )


def _total(spans: list[Span]) -> timedelta:
    return sum((span.duration for span in spans), timedelta(0))


def _pauses(timeline: Timeline, *, end: datetime) -> Iterator[Span]:
    """Yields the spans from a status other than Charging to the next status; statuses before the start do not count."""
    statuses = [status for status in timeline.statuses if timeline.start.at <= status.at < end]
    ends = [*(status.at for status in statuses[1:]), end]
    for status, until in zip(statuses, ends, strict=False):
        if status.status is not ConnectorStatus.CHARGING and status.at < until:
            yield Span(start=status.at, end=until)
