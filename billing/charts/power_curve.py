"""A chart of a session's power: readings as a line, prices as a strip below it, spans shaded. Pure.

Horizontal positions are percentages of the drawing's width, so that a browser can stretch it to any screen.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from billing.charts.price_bands import Price, PriceBands
from chargers.text import power_axis

HEIGHT: Final = 160
_MAX_POINTS: Final = 240
_MAX_TICKS: Final = 6
_LEAST_LABELLED_PCT: Final = 12.0
"""A narrower stretch of the strip has no room for its price."""
_TICK_MINUTES: Final = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080)
Across = Callable[[datetime], float]


@dataclass(frozen=True, slots=True)
class PowerReading:
    """The power at a time, in W."""

    at: datetime
    power_w: int


@dataclass(frozen=True, slots=True)
class Span:
    """From a time to a time; both aware UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """A report at a time, as a word."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredPower:
    """A charger's readings of one session, in order of time. `until` is its end, or now for a running one."""

    since: datetime
    until: datetime
    readings: Sequence[PowerReading] = ()
    statuses: Sequence[Mark] = ()
    silent: Sequence[Span] = ()
    """Spans without contact."""
    withheld: Sequence[Span] = ()
    """Spans in which the property's limit withheld power."""


@dataclass(frozen=True, slots=True)
class Shade:
    """A span of the drawing; `kind`: silent (no contact), withheld (our limit) or idle (no energy flowed)."""

    x: float
    width: float
    kind: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A status below the curve, or a time on the axis."""

    x: float
    at: datetime
    text: str = ""
    is_midnight: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of the strip with its price of energy. A part with two prices has the shade of neither."""

    x: float
    width: float
    prices: tuple[Price, ...]
    has_room: bool

    @property
    def shade(self) -> str:
        return str(self.prices[0].shade) if len(self.prices) == 1 else "several"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A reading, in the table and with its position in the drawing; `price`: the energy's price then, if there was only
    one.
    """

    x: float
    y: float
    at: datetime
    power_w: int
    price: Price | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The drawing. `line` are the points of an SVG polyline in 100 by HEIGHT, `area` those of the area below it."""

    line: str
    area: str
    points: tuple[Point, ...]
    shades: tuple[Shade, ...]
    statuses: tuple[Tick, ...]
    ticks: tuple[Tick, ...]
    stretches: tuple[Stretch, ...]
    prices: tuple[Price, ...]
    since: datetime
    until: datetime
    top_w: int
    most_w: int

    @property
    def half_w(self) -> int:
        return self.top_w // 2

    @property
    def kinds(self) -> frozenset[str]:
        """Returns the kinds of shaded spans, for the legend."""
        return frozenset(shade.kind for shade in self.shades)


def draw(measured: MeasuredPower, *, bands: PriceBands | None = None, zone: ZoneInfo) -> Curve | None:
    """Returns the chart; None without a reading of power. The axis has round times in `zone`."""
    bands = bands or PriceBands()
    since = measured.since
    readings = [reading for reading in measured.readings if since <= reading.at <= measured.until]
    if not readings:
        return None
    idle = [Span(start, end) for start, end in bands.idle]
    until = max(measured.until, since + timedelta(minutes=1), *(span.end for span in idle))
    peak_w = max(reading.power_w for reading in readings)
    top = power_axis.top_w(peak_w)

    def across(at: datetime) -> float:
        return round((min(max(at, since), until) - since) / (until - since) * 100, 2)

    points = tuple(_points(_thin_readings(readings), across=across, top_w=top, bands=bands))
    line = " ".join(f"{point.x},{point.y}" for point in points)
    return Curve(
        line=line,
        area=f"{points[0].x},{HEIGHT} {line} {points[-1].x},{HEIGHT}",
        points=points,
        shades=(
            *_shades(idle, "idle", across),
            *_shades(measured.silent, "silent", across),
            *_shades(measured.withheld, "withheld", across),
        ),
        statuses=tuple(
            Tick(across(mark.at), mark.at, mark.text) for mark in measured.statuses if since <= mark.at <= until
        ),
        ticks=tuple(_ticks(since, until, across=across, zone=zone)),
        stretches=tuple(_build_stretches(bands, across)),
        prices=bands.prices,
        since=since,
        until=until,
        top_w=top,
        most_w=peak_w,
    )


def _points(readings: Iterable[PowerReading], *, across: Across, top_w: int, bands: PriceBands) -> Iterator[Point]:
    for reading in readings:
        yield Point(
            x=across(reading.at),
            y=round(HEIGHT * (1 - reading.power_w / top_w), 1),
            at=reading.at,
            power_w=reading.power_w,
            price=bands.price_at(reading.at),
        )


def _shades(spans: Sequence[Span], kind: str, across: Across) -> Iterator[Shade]:
    for span in spans:
        start, end = across(span.start), across(span.end)
        if end > start:
            yield Shade(start, round(end - start, 2), kind)


def _build_stretches(bands: PriceBands, across: Across) -> Iterator[Stretch]:
    for band in bands.bands:
        start, end = across(band.start), across(band.end)
        if end > start:
            width = round(end - start, 2)
            yield Stretch(x=start, width=width, prices=band.prices, has_room=width >= _LEAST_LABELLED_PCT)


def _ticks(since: datetime, until: datetime, *, across: Across, zone: ZoneInfo) -> Iterator[Tick]:
    """Yields at most _MAX_TICKS round times, counted from local midnight."""
    min_step = (until - since) / _MAX_TICKS
    step = next(
        (step for minutes in _TICK_MINUTES if (step := timedelta(minutes=minutes)) >= min_step),
        timedelta(minutes=_TICK_MINUTES[-1]),
    )
    midnight = since.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(since.tzinfo)
    at = midnight + -(-(since - midnight) // step) * step
    while at <= until:
        local = at.astimezone(zone)
        yield Tick(across(at), at, is_midnight=not (local.hour or local.minute))
        at += step


def _thin_readings(readings: Sequence[PowerReading]) -> list[PowerReading]:
    """Returns few enough readings to keep the page small: the first and last of all, and the extremes of each
    stretch.
    """
    if len(readings) <= _MAX_POINTS:
        return list(readings)
    stretch = -(-len(readings) // (_MAX_POINTS // 2))
    extremes = {readings[0], readings[-1]}
    for begin in range(0, len(readings), stretch):
        part = readings[begin : begin + stretch]
        extremes |= {min(part, key=_power), max(part, key=_power)}
    return sorted(extremes, key=lambda reading: reading.at)


def _power(reading: PowerReading) -> int:
    return reading.power_w
