"""The power of a session as a drawing: readings as a line, spans without contact or power shaded. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from support.diagnosis.causes import ChargeFacts, PowerReading, Span

WIDTH: Final = 960
HEIGHT: Final = 160
Across = Callable[[datetime], float]
_MOST_POINTS: Final = 600
_ROUND: Final = (1_000, 2_000, 4_000, 8_000, 12_000, 24_000, 50_000, 100_000, 200_000, 400_000, 1_000_000)


@dataclass(frozen=True, slots=True)
class Shade:
    """A span of the drawing; `style`: silent (no contact) or withheld (our limit)."""

    x: float
    width: float
    style: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A time or a status below the curve."""

    x: float
    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """`points`: of an SVG polyline, in WIDTH by HEIGHT. `rows`: the same as a table."""

    points: str
    shades: tuple[Shade, ...]
    statuses: tuple[Tick, ...]
    since: datetime
    until: datetime
    top_w: int
    most_w: int
    rows: tuple[PowerReading, ...]


def drawn(facts: ChargeFacts) -> Curve | None:
    """None without a reading of power."""
    if facts.started_at is None or not facts.readings:
        return None
    since, until = facts.started_at, max(facts.end, facts.started_at + timedelta(minutes=1))
    readings = [reading for reading in facts.readings if since <= reading.at <= until]
    if not readings:
        return None
    most = max(reading.power_w for reading in readings)
    top = next((step for step in _ROUND if step >= most), most)
    thinned = _thinned(readings)

    def across(at: datetime) -> float:
        share = (min(max(at, since), until) - since) / (until - since)
        return round(share * WIDTH, 1)

    return Curve(
        points=" ".join(
            f"{across(reading.at)},{round(HEIGHT * (1 - reading.power_w / top), 1)}" for reading in thinned
        ),
        shades=(*_shades(facts.gaps, "silent", across), *_shades(facts.withheld, "withheld", across)),
        statuses=tuple(
            Tick(across(status.at), status.at, status.status)
            for status in facts.statuses
            if since <= status.at <= until
        ),
        since=since,
        until=until,
        top_w=top,
        most_w=most,
        rows=tuple(thinned),
    )


def _shades(spans: Sequence[Span], style: str, across: Across) -> list[Shade]:
    ends = [(across(span.start), across(span.end)) for span in spans]
    return [Shade(start, round(end - start, 1), style) for start, end in ends if end > start]


def _thinned(readings: Sequence[PowerReading]) -> list[PowerReading]:
    """At most so many that the drawing stays small: the first and last of all, and the highest of each stretch."""
    if len(readings) <= _MOST_POINTS:
        return list(readings)
    stretch = -(-len(readings) // (_MOST_POINTS // 2))
    picked = [readings[0]]
    for begin in range(0, len(readings), stretch):
        part = readings[begin : begin + stretch]
        picked += sorted({min(part, key=_power), max(part, key=_power)}, key=lambda reading: reading.at)
    return sorted({*picked, readings[-1]}, key=lambda reading: reading.at)


def _power(reading: PowerReading) -> int:
    return reading.power_w
