"""A strip of daily columns for each series, each on its own scale from zero. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from chargers.formatting import day_columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The data of one strip: a value for each day, absent if there is none; `text` formats a value with its unit."""

    title: str
    values: Mapping[date, int]
    text: Callable[[int], str]
    style: str = "busy"
    href: str = ""

    @property
    def total(self) -> int:
        return sum(self.values.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    day: date
    label: str
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One strip. `peak` is the highest day; a strip without any value has none, and no column."""

    title: str
    total: str
    style: str
    href: str
    columns: list[Column]
    peak: Column | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Strips:
    """`width` and `height` are the viewBox of each strip; `table` has a row for each day with a value, newest first."""

    strips: list[Strip]
    days: Sequence[date]
    table: list[tuple[date, list[str]]]
    width: int
    height: int = day_columns.HEIGHT
    column_width: int = day_columns.WIDTH


def drawn(series: Iterable[Series], *, days: Sequence[date]) -> Strips:
    rows = list(series)
    table = [
        (day, [row.text(row.values.get(day, 0)) for row in rows])
        for day in reversed(days)
        if any(row.values.get(day) for row in rows)
    ]
    return Strips(
        strips=[_strip(row, days=days) for row in rows],
        days=days,
        table=table,
        width=max(len(days), 1) * day_columns.STEP,
    )


def _strip(series: Series, *, days: Sequence[date]) -> Strip:
    highest = max((series.values.get(day, 0) for day in days), default=0)
    columns = [
        _column(day, series, at=at, highest=highest) for at, day in enumerate(days) if series.values.get(day, 0) > 0
    ]
    return Strip(
        title=series.title,
        total=series.text(series.total),
        style=series.style,
        href=series.href,
        columns=columns,
        peak=min(columns, key=lambda column: column.y, default=None),
    )


def _column(day: date, series: Series, *, at: int, highest: int) -> Column:
    value = series.values[day]
    placed = day_columns.column_at(value, at=at, highest=highest)
    return Column(day=day, label=series.text(value), x=placed.x, y=placed.y, height=placed.height)
