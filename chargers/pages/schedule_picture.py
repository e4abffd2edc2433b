"""A chart of a charging schedule: the numbers of an SVG, computed here so that the template only places them."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from chargers.commands.schedules import Schedule, Step

WIDTH, HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 30, 20, 28
_TICKS = (900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800)


@dataclass(frozen=True, slots=True)
class Bar:
    """A step as a filled area, labelled with its limit if it is wide enough."""

    x: float
    y: float
    width: float
    height: float
    label: str
    fits: bool

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def label_y(self) -> float:
        return max(self.y - 6, 12)


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True, slots=True)
class PictureLine:
    """A row of the table for the chart."""

    begins: str
    ends: str
    limit: str
    phases: int | None


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything for the template; `base` is the zero line."""

    width: int
    height: int
    left: int
    right: int
    base: int
    top_label: str
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    lines: tuple[PictureLine, ...]
    summary: str


def of_schedule(schedule: Schedule) -> Picture:
    """Makes the chart of a schedule with at least one step.

    Times are in Django's current time zone, or relative to the start.
    """
    base, max_limit = HEIGHT - _BOTTOM, schedule.most or 1
    room_x, room_y = WIDTH - _LEFT - _RIGHT, base - _TOP
    bars = []
    for step in schedule.steps:
        height = room_y * (step.limit if step.limit is not None else max_limit) / max_limit
        width = room_x * step.lasts_s / schedule.lasts_s
        label = _limit(step, schedule.unit)
        x = _LEFT + room_x * step.begins_s / schedule.lasts_s
        bars.append(Bar(round(x, 1), round(base - height, 1), round(width, 1), round(height, 1), label, width > 52))
    every = next((tick_s for tick_s in _TICKS if schedule.lasts_s / tick_s <= 8), _TICKS[-1])
    ticks = [
        Tick(round(_LEFT + room_x * s / schedule.lasts_s, 1), _format_step_time(schedule, s))
        for s in range(0, schedule.lasts_s + 1, every)
    ]
    lines = tuple(
        PictureLine(
            _format_step_time(schedule, step.begins_s),
            _format_step_time(schedule, step.ends_s),
            _limit(step, schedule.unit),
            step.phases,
        )
        for step in schedule.steps
    )
    return Picture(
        width=WIDTH,
        height=HEIGHT,
        left=_LEFT,
        right=WIDTH - _RIGHT,
        base=base,
        top_label=f"{max_limit:g} {schedule.unit}",
        bars=tuple(bars),
        ticks=tuple(ticks),
        lines=lines,
        summary="; ".join(f"from {line.begins}: {line.limit}" for line in lines[:12]),
    )


def _limit(step: Step, unit: str) -> str:
    return "no limit" if step.limit is None else f"{step.limit:g} {unit}"


def _format_step_time(schedule: Schedule, seconds: int) -> str:
    if schedule.starts_at is None:
        hours, minutes = divmod(seconds // 60, 60)
        return f"+{hours}:{minutes:02d} h"
    at = timezone.localtime(schedule.starts_at + timedelta(seconds=seconds))
    return f"{at:%-d %b %H:%M}" if schedule.lasts_s > 86_400 else f"{at:%H:%M}"
