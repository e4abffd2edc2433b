"""A charger's power today by quarter of an hour, for a chart and its table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Avg, DateTimeField, F, Func, Value

from chargers.lib import ids
from chargers.models import Charger, MeterValue
from chargers.text import power_axis

WIDTH: Final = 672
HEIGHT: Final = 140
_STEP: Final = timedelta(minutes=15)
_HOURS: Final = (0, 6, 12, 18)


@dataclass(frozen=True, slots=True)
class Bar:
    """A quarter of an hour from `begins_at`, in the property's zone, with its mean reported power."""

    begins_at: datetime
    power_w: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A time of day below the bars."""

    x: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerDay:
    """The bars of today until now. A quarter of an hour without readings has none."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    now_x: float
    top_w: int
    highest: Bar


def of_charger(charger: Charger, *, zone: ZoneInfo, now: datetime) -> PowerDay | None:
    """Returns today's chart; None without power readings. One query."""
    midnight = _midnight(zone, now)
    start = Func(Value(_STEP), F("at"), Value(midnight), function="date_bin", output_field=DateTimeField())
    rows = MeterValue.objects.filter(
        charger=charger, id__gte=ids.floor(midnight), at__gte=midnight, at__lte=now, transaction__isnull=False
    ).exclude(power_w=None)
    by_outlet = rows.annotate(begins_at=start).values("begins_at", "evse_number").annotate(mean_w=Avg("power_w"))
    power_by_start: dict[datetime, float] = {}
    for begins_at, mean_w in by_outlet.values_list("begins_at", "mean_w"):
        power_by_start[begins_at] = power_by_start.get(begins_at, 0) + float(mean_w)
    return draw({at: round(power) for at, power in power_by_start.items()}, zone=zone, now=now)


def draw(power_by_start: Mapping[datetime, int], *, zone: ZoneInfo, now: datetime) -> PowerDay | None:
    """Makes the chart from the mean power in W of each quarter of an hour. Pure."""
    if not power_by_start:
        return None
    begin = _midnight(zone, now)
    end = _midnight(zone, begin + timedelta(hours=30))
    most_w = max(power_by_start.values())
    top_w = power_axis.top_w(most_w)

    def across(at: datetime) -> float:
        return round((at - begin) / (end - begin) * WIDTH, 1)

    bars = []
    for at, power_w in sorted(power_by_start.items()):
        height = round(HEIGHT * max(power_w, 0) / top_w, 1)
        width = round(across(at + _STEP) - across(at) - 1, 1)
        bars.append(Bar(at.astimezone(zone), power_w, across(at), round(HEIGHT - height, 1), width, height))
    hours = [begin.astimezone(zone).replace(hour=hour) for hour in _HOURS]
    return PowerDay(
        bars=tuple(bars),
        ticks=tuple(Tick(across(hour), f"{hour:%H:%M}") for hour in hours),
        now_x=across(now),
        top_w=top_w,
        highest=max(bars, key=lambda bar: bar.power_w),
    )


def _midnight(zone: ZoneInfo, at: datetime) -> datetime:
    """Returns midnight in UTC, so that time differences are correct on days with a clock change."""
    return at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)
