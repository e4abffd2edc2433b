"""A property's load against its limit over the last hours: the numbers of a line chart, computed here so that the
template only places them.

Horizontal positions are percentages of the drawing's width, vertical ones pixels of its height. Times are in the
property's zone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from zoneinfo import ZoneInfo

from chargers.models import PowerSample
from chargers.power import allocation

HEIGHT = 180
DAY = timedelta(hours=24)
_TOPS = (1, 2, 3, 4, 5, 6, 8, 10)
"""Half of each is a short value, too."""


@dataclass(frozen=True, slots=True)
class _Window:
    """The time span of the chart; one point every `step`, a time of day every `tick`."""

    title: str
    lasts: timedelta
    step: timedelta
    tick: timedelta


_WINDOWS = (
    _Window("The last hour", timedelta(hours=1), timedelta(minutes=1), timedelta(minutes=10)),
    _Window("The last 6 hours", timedelta(hours=6), timedelta(minutes=3), timedelta(hours=1)),
    _Window("The last 24 hours", DAY, timedelta(minutes=10), timedelta(hours=4)),
)


@dataclass(frozen=True, slots=True)
class Point:
    """A step: the mean current drawn, the highest allotted, and the limit, in A per phase."""

    at: datetime
    drawn: float
    allotted: float
    limit: float


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table for the chart, with the place of what was drawn."""

    x: float
    y: float
    at: str
    drawn: str
    allotted: str
    limit: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The paths in a box 100 wide and HEIGHT high; `scale` are the labels of the vertical axis, from the top."""

    title: str
    height: int
    drawn: tuple[str, ...]
    allotted: tuple[str, ...]
    limit: tuple[str, ...]
    scale: tuple[str, ...]
    ticks: tuple[Tick, ...]
    rows: tuple[Row, ...]
    now: Row
    summary: str


def of_samples(samples: Iterable[PowerSample], *, zone: ZoneInfo, now: datetime) -> Picture | None:
    """Makes the chart; None without samples in the last 24 hours. A new limit has a shorter chart, up to a day.

    Times without samples are gaps, not lines.
    """
    power_samples = sorted(
        (sample for sample in samples if now - DAY <= sample.at <= now), key=lambda power_sample: power_sample.at
    )
    if not power_samples:
        return None
    window = next(candidate for candidate in _WINDOWS if power_samples[0].at >= now - candidate.lasts)
    points = _points(power_samples, window, now=now)
    top = _top(max(max(point.limit, point.allotted, point.drawn) for point in points))
    scale = _Scale(now, window, top)
    runs = list(_split_runs(points, gap=3 * window.step))
    rows = tuple(_row(point, scale, zone) for point in points)
    newest, peak = power_samples[-1], max(point.drawn for point in points)
    return Picture(
        title=window.title,
        height=HEIGHT,
        drawn=tuple(_render_area_path([scale.point(p.at, p.drawn) for p in run], step=scale.step) for run in runs),
        allotted=tuple(_line([scale.point(p.at, p.allotted) for p in run], step=scale.step) for run in runs),
        limit=tuple(_line([scale.point(p.at, p.limit) for p in run], step=scale.step) for run in runs),
        scale=tuple(_format_amps(value) for value in (top, top / 2, 0)),
        ticks=_ticks(zone, scale),
        rows=rows,
        now=_row(Point(newest.at, *map(float, (newest.drawn_a, newest.allotted_a, newest.limit_a))), scale, zone),
        summary=f"{window.title}, drawn: at most {_format_amps(peak)} of {_format_amps(points[-1].limit)} "
        "on the fullest phase.",
    )


def _top(peak: float) -> float:
    """Returns a round value above `peak`, so that the limit's line is not the frame's."""
    power = 1.0
    while True:
        for top in _TOPS:
            if top * power > peak:
                return top * power
        power *= 10


@dataclass(frozen=True, slots=True)
class _Scale:
    """Maps times and amperes to positions; `most` is the highest value that fits."""

    now: datetime
    window: _Window
    most: float

    @property
    def step(self) -> float:
        return 100 * (self.window.step / self.window.lasts)

    def x(self, at: datetime) -> float:
        return round(100 * (1 - (self.now - at) / self.window.lasts), 2)

    def y(self, amps: float) -> float:
        return round(HEIGHT * (1 - amps / self.most), 1)

    def point(self, at: datetime, amps: float) -> tuple[float, float]:
        return self.x(at), self.y(amps)


def _points(samples: Sequence[PowerSample], window: _Window, *, now: datetime) -> list[Point]:
    since = now - window.lasts

    def step(sample: PowerSample) -> int:
        return int((sample.at - since) / window.step)

    points = []
    for number, group in groupby(samples, key=step):
        rows = list(group)
        mean_drawn_a = sum((row.drawn_a for row in rows), Decimal(0)) / len(rows)
        allotted, limit = max(row.allotted_a for row in rows), rows[-1].limit_a
        points.append(Point(since + number * window.step, float(mean_drawn_a), float(allotted), float(limit)))
    return points


def _split_runs(points: Sequence[Point], *, gap: timedelta) -> Iterable[list[Point]]:
    run: list[Point] = []
    for point in points:
        if run and point.at - run[-1].at >= gap:
            yield run
            run = []
        run.append(point)
    yield run


def _line(places: Sequence[tuple[float, float]], *, step: float) -> str:
    """Draws steps, because a limit holds until it changes."""
    parts = [f"M{places[0][0]} {places[0][1]}"]
    for x, y in places:
        parts += [f"V{y}", f"H{round(min(x + step, 100), 2)}"]
    return "".join(parts)


def _render_area_path(places: Sequence[tuple[float, float]], *, step: float) -> str:
    parts = [f"M{places[0][0]} {HEIGHT}"]
    for x, y in places:
        parts += [f"V{y}", f"H{round(min(x + step, 100), 2)}"]
    return "".join([*parts, f"V{HEIGHT}Z"])


def _ticks(zone: ZoneInfo, scale: _Scale) -> tuple[Tick, ...]:
    """Returns round times of the property's day."""
    every, ticks = scale.window.tick, []
    at = scale.now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    step = min(every, timedelta(hours=1))
    while at > scale.now - scale.window.lasts:
        local = at.astimezone(zone)
        since_midnight = timedelta(hours=local.hour, minutes=local.minute)
        if at <= scale.now and not since_midnight % every:
            ticks.append(Tick(scale.x(at), f"{local:%H:%M}"))
        at -= step
    return tuple(reversed(ticks))


def _row(point: Point, scale: _Scale, zone: ZoneInfo) -> Row:
    return Row(
        x=min(scale.x(point.at) + scale.step / 2, 100.0),
        y=scale.y(point.drawn),
        at=f"{point.at.astimezone(zone):%H:%M}",
        drawn=_format_amps(point.drawn),
        allotted=_format_amps(point.allotted),
        limit=_format_amps(point.limit),
    )


def _format_amps(value: float) -> str:
    return f"{allocation.text(Decimal(str(round(value, 1))))} A"
