"""The last day of a property's power drawn: the numbers of an SVG, worked out here so that the template only places
them. Times are in the property's zone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from zoneinfo import ZoneInfo

from chargers import sharing
from chargers.models import PowerSample

WIDTH, HEIGHT = 720, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 92, 16, 28
_DAY = timedelta(hours=24)
_STEP = timedelta(minutes=5)
_LABEL_HEIGHT = 15
_BASE = HEIGHT - _BOTTOM
_ROOM = WIDTH - _LEFT - _RIGHT
_STEP_WIDTH = _ROOM * (_STEP / _DAY)


@dataclass(frozen=True, slots=True)
class Point:
    """Five minutes: the mean of what was drawn, the most that was allotted, and the limit, in A per phase."""

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
    """A row of the table behind the picture."""

    begins: str
    drawn: str
    allotted: str
    limit: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Paths and places; `base` is the zero line."""

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
    """None where nothing was sampled in the last 24 hours. Longer silences are gaps, never a line across."""
    points = _points(samples, since=now - _DAY)
    if not points:
        return None
    scale = _Scale(now, max(max(point.limit, point.allotted, point.drawn) for point in points) * 1.08 or 1)
    runs = list(_runs(points))
    last, peak = points[-1], max(point.drawn for point in points)
    return Picture(
        width=WIDTH,
        height=HEIGHT,
        left=_LEFT,
        right=WIDTH - _RIGHT,
        label_x=WIDTH - _RIGHT + 6,
        base=_BASE,
        top_label=_amps(last.limit),
        top_y=scale.y(last.limit),
        drawn=tuple(_area([scale.place(p.at, p.drawn) for p in run]) for run in runs),
        allotted=tuple(_line([scale.place(p.at, p.allotted) for p in run]) for run in runs),
        limit=tuple(_line([scale.place(p.at, p.limit) for p in run]) for run in runs),
        labels=_labels(last, scale),
        ticks=_ticks(zone, scale),
        hours=_hours(points, zone),
        summary=f"Drawn power of the last 24 hours: at most {_amps(peak)} of {_amps(last.limit)} on the fullest phase.",
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """From times and amperes to places; `most` is the highest that fits."""

    now: datetime
    most: float

    def x(self, at: datetime) -> float:
        return round(_LEFT + _ROOM * ((at - (self.now - _DAY)) / _DAY), 1)

    def y(self, amps: float) -> float:
        return round(_BASE - (_BASE - _TOP) * amps / self.most, 1)

    def place(self, at: datetime, amps: float) -> tuple[float, float]:
        return self.x(at), self.y(amps)


def _points(samples: Iterable[PowerSample], *, since: datetime) -> list[Point]:
    def step(sample: PowerSample) -> int:
        return int((sample.at - since) / _STEP)

    found = []
    for number, group in groupby(sorted((one for one in samples if one.at >= since), key=lambda one: one.at), key=step):
        rows = list(group)
        drawn = sum((row.drawn_a for row in rows), Decimal(0)) / len(rows)
        allotted, limit = max(row.allotted_a for row in rows), rows[-1].limit_a
        found.append(Point(since + number * _STEP, float(drawn), float(allotted), float(limit)))
    return found


def _runs(points: Sequence[Point]) -> Iterable[list[Point]]:
    run: list[Point] = []
    for point in points:
        if run and point.at - run[-1].at > 2 * _STEP:
            yield run
            run = []
        run.append(point)
    yield run


def _line(places: Sequence[tuple[float, float]]) -> str:
    """Steps, because a limit holds until it changes."""
    parts = [f"M{places[0][0]} {places[0][1]}"]
    for x, y in places:
        parts += [f"V{y}", f"H{round(x + _STEP_WIDTH, 1)}"]
    return "".join(parts)


def _area(places: Sequence[tuple[float, float]]) -> str:
    parts = [f"M{places[0][0]} {_BASE}"]
    for x, y in places:
        parts += [f"V{y}", f"H{round(x + _STEP_WIDTH, 1)}"]
    return "".join([*parts, f"V{_BASE}Z"])


def _labels(last: Point, scale: _Scale) -> tuple[Label, ...]:
    """From the top down, pushed apart so that each can be read."""
    named = sorted([("Limit", last.limit), ("Allotted", last.allotted), ("Drawn", last.drawn)], key=lambda one: -one[1])
    placed: list[Label] = []
    for name, amps in named:
        above = placed[-1].y + _LABEL_HEIGHT if placed else 0
        placed.append(Label(name, _amps(amps), name.lower(), max(scale.y(amps) + 4, above)))
    overhang = max(placed[-1].y - _BASE, 0)
    return tuple(replace(label, y=round(label.y - overhang, 1)) for label in placed)


def _ticks(zone: ZoneInfo, scale: _Scale) -> tuple[Tick, ...]:
    """Every fourth hour of the property's day."""
    newest = scale.now.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    hours = [(newest.astimezone(UTC) - timedelta(hours=back)).astimezone(zone) for back in range(23, -1, -1)]
    return tuple(Tick(scale.x(at), f"{at:%H:%M}") for at in hours if at.hour % 4 == 0)


def _hours(points: Sequence[Point], zone: ZoneInfo) -> tuple[Hour, ...]:
    def hour(point: Point) -> datetime:
        return point.at.astimezone(zone).replace(minute=0, second=0, microsecond=0)

    found = []
    for begins, group in groupby(points, key=hour):
        rows = list(group)
        mean = sum(row.drawn for row in rows) / len(rows)
        allotted = max(row.allotted for row in rows)
        found.append(Hour(f"{begins:%-d %b %H:%M}", _amps(mean), _amps(allotted), _amps(rows[-1].limit)))
    return tuple(reversed(found))


def _amps(value: float) -> str:
    return f"{sharing.text(Decimal(str(round(value, 1))))} A"
