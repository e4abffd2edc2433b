"""A chart of a property's power on the last day: the numbers of an SVG, computed here so that the template only places
them.

Times are in the property's zone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from zoneinfo import ZoneInfo

from chargers.models import PowerSample
from chargers.power import allocation

WIDTH, HEIGHT = 720, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 92, 16, 28
_DAY = timedelta(hours=24)
_LABEL_HEIGHT = 15
_BASE = HEIGHT - _BOTTOM
_ROOM = WIDTH - _LEFT - _RIGHT


@dataclass(frozen=True, slots=True)
class _Window:
    """The time span of the chart; one point every `step`, a time of day every `tick`."""

    title: str
    lasts: timedelta
    step: timedelta
    tick: timedelta


_WINDOWS = (
    _Window("The last hour", timedelta(hours=1), timedelta(minutes=1), timedelta(minutes=10)),
    _Window("The last 6 hours", timedelta(hours=6), timedelta(minutes=2), timedelta(hours=1)),
    _Window("The last 24 hours", _DAY, timedelta(minutes=5), timedelta(hours=4)),
)


@dataclass(frozen=True, slots=True)
class Point:
    """A step: the mean current drawn, the highest allotted, and the limit, in A per phase."""

    at: datetime
    drawn: float
    allotted: float
    limit: float


@dataclass(frozen=True, slots=True)
class Label:
    """The name of a line, written at its end."""

    name: str
    amps: str
    kind: str
    y: float


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Hour:
    """A row of the table for the chart."""

    begins: str
    drawn: str
    allotted: str
    limit: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The paths and positions of the chart; `base` is the zero line."""

    title: str
    width: int
    height: int
    left: int
    right: int
    label_x: int
    base: int
    top_label: str
    top_y: float
    drawn: tuple[str, ...]
    allotted: tuple[str, ...]
    limit: tuple[str, ...]
    labels: tuple[Label, ...]
    ticks: tuple[Tick, ...]
    hours: tuple[Hour, ...]
    summary: str


def of_samples(samples: Iterable[PowerSample], *, zone: ZoneInfo, now: datetime) -> Picture | None:
    """Makes the chart; None without samples in the last 24 hours. A new limit has a shorter chart, up to a day.

    Times without samples are gaps, not lines.
    """
    power_samples = sorted(
        (sample for sample in samples if now - _DAY <= sample.at <= now), key=lambda power_sample: power_sample.at
    )
    if not power_samples:
        return None
    window = next(candidate for candidate in _WINDOWS if power_samples[0].at >= now - candidate.lasts)
    points = _points(power_samples, window, now=now)
    scale = _Scale(now, window, max(max(point.limit, point.allotted, point.drawn) for point in points) * 1.08 or 1)
    runs = list(_runs(points, gap=3 * window.step))
    last, peak = points[-1], max(point.drawn for point in points)
    return Picture(
        title=window.title,
        width=WIDTH,
        height=HEIGHT,
        left=_LEFT,
        right=WIDTH - _RIGHT,
        label_x=WIDTH - _RIGHT + 6,
        base=_BASE,
        top_label=_amps(last.limit),
        top_y=scale.y(last.limit),
        drawn=tuple(_area([scale.point(p.at, p.drawn) for p in run], step=scale.step) for run in runs),
        allotted=tuple(_line([scale.point(p.at, p.allotted) for p in run], step=scale.step) for run in runs),
        limit=tuple(_line([scale.point(p.at, p.limit) for p in run], step=scale.step) for run in runs),
        labels=_labels(last, scale),
        ticks=_ticks(zone, scale),
        hours=_hours(points, zone),
        summary=f"{window.title}, drawn: at most {_amps(peak)} of {_amps(last.limit)} on the fullest phase.",
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """Maps times and amperes to positions; `most` is the highest value that fits."""

    now: datetime
    window: _Window
    most: float

    @property
    def step(self) -> float:
        return _ROOM * (self.window.step / self.window.lasts)

    def x(self, at: datetime) -> float:
        return round(_LEFT + _ROOM * (1 - (self.now - at) / self.window.lasts), 1)

    def y(self, amps: float) -> float:
        return round(_BASE - (_BASE - _TOP) * amps / self.most, 1)

    def point(self, at: datetime, amps: float) -> tuple[float, float]:
        return self.x(at), self.y(amps)


def _points(samples: Sequence[PowerSample], window: _Window, *, now: datetime) -> list[Point]:
    since = now - window.lasts

    def step(sample: PowerSample) -> int:
        return int((sample.at - since) / window.step)

    points = []
    for number, group in groupby(samples, key=step):
        rows = list(group)
        drawn = sum((row.drawn_a for row in rows), Decimal(0)) / len(rows)
        allotted, limit = max(row.allotted_a for row in rows), rows[-1].limit_a
        points.append(Point(since + number * window.step, float(drawn), float(allotted), float(limit)))
    return points


def _runs(points: Sequence[Point], *, gap: timedelta) -> Iterable[list[Point]]:
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
        parts += [f"V{y}", f"H{round(min(x + step, _LEFT + _ROOM), 1)}"]
    return "".join(parts)


def _area(places: Sequence[tuple[float, float]], *, step: float) -> str:
    parts = [f"M{places[0][0]} {_BASE}"]
    for x, y in places:
        parts += [f"V{y}", f"H{round(min(x + step, _LEFT + _ROOM), 1)}"]
    return "".join([*parts, f"V{_BASE}Z"])


def _labels(last: Point, scale: _Scale) -> tuple[Label, ...]:
    """Places labels from the top down, far enough apart to be readable."""
    named = sorted(
        [("Limit", last.limit), ("Allotted", last.allotted), ("Drawn", last.drawn)],
        key=lambda label_and_amps: -label_and_amps[1],
    )
    placed: list[Label] = []
    for name, amps in named:
        above = placed[-1].y + _LABEL_HEIGHT if placed else 0
        placed.append(Label(name, _amps(amps), name.lower(), max(scale.y(amps) + 4, above)))
    overhang = max(placed[-1].y - _BASE, 0)
    return tuple(replace(label, y=round(label.y - overhang, 1)) for label in placed)


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


def _hours(points: Sequence[Point], zone: ZoneInfo) -> tuple[Hour, ...]:
    def hour(point: Point) -> datetime:
        return point.at.astimezone(zone).replace(minute=0, second=0, microsecond=0)

    hours = []
    for begins, group in groupby(points, key=hour):
        rows = list(group)
        mean = sum(row.drawn for row in rows) / len(rows)
        allotted = max(row.allotted for row in rows)
        hours.append(Hour(f"{begins:%-d %b %H:%M}", _amps(mean), _amps(allotted), _amps(rows[-1].limit)))
    return tuple(reversed(hours))


def _amps(value: float) -> str:
    return f"{allocation.text(Decimal(str(round(value, 1))))} A"
