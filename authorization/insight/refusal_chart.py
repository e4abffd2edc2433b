"""The chart of refusals: a strip for each reason with a bar for each day, all on one scale. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from authorization.decide.reasons import Reason
from chargers.formatting import day_columns

HEIGHT: Final = day_columns.HEIGHT


@dataclass(frozen=True, slots=True)
class Series:
    """One reason, with the number of refusals on each day of the period."""

    reason: Reason
    counts: list[int]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of one day: its place in the strip, and its number."""

    day: date
    count: int
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Strip:
    """One reason, with its bars (none for days without a refusal) and its highest day."""

    series: Series
    bars: list[Bar]
    peak: Bar


@dataclass(frozen=True, slots=True)
class Chart:
    """All strips, each as wide as the period; `width` and `height` are the viewBox."""

    strips: list[Strip]
    days: Sequence[date]
    width: int
    bar_width: int = day_columns.WIDTH
    height: int = HEIGHT

    @property
    def table(self) -> list[tuple[date, list[int]]]:
        """Returns the chart as a table: the days with a refusal, newest first, with a number for each reason."""
        rows = [(day, [strip.series.counts[at] for strip in self.strips]) for at, day in enumerate(self.days)]
        return [(day, counts) for day, counts in reversed(rows) if any(counts)]


def drawn(series: Sequence[Series], *, days: Sequence[date]) -> Chart:
    """Builds the chart. Its scale starts at zero; reasons without a refusal are left out."""
    parts = [reason_series for reason_series in series if reason_series.total]
    highest = max((count for part in parts for count in part.counts), default=0)
    return Chart([_strip(part, days=days, highest=highest) for part in parts], days, width=len(days) * day_columns.STEP)


def _strip(series: Series, *, days: Sequence[date], highest: int) -> Strip:
    bars = [
        _bar(day, count, at=at, highest=highest)
        for at, (day, count) in enumerate(zip(days, series.counts, strict=True))
        if count
    ]
    return Strip(series, bars, max(bars, key=lambda bar: bar.count))


def _bar(day: date, count: int, *, at: int, highest: int) -> Bar:
    placed = day_columns.column_at(count, at=at, highest=highest)
    return Bar(day=day, count=count, x=placed.x, y=placed.y, height=placed.height)
