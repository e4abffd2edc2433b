"""Charts with a column for each day, or for each seven days of a long period, from zero. Pure.

Horizontal positions are in columns or percent, vertical ones in percent of the plot, so that a browser can stretch it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

HEIGHT: Final = 100
_EARLIEST: Final = date(2000, 1, 1)
_LATEST: Final = date(2200, 1, 1)
"""Days outside are not read from addresses."""
_LONGEST: Final = timedelta(days=366)
_MAX_DAYS: Final = 92
_WEEK: Final = 7
_LABELS: Final = 6
_LEAST: Final = 1.5
"""Even a small value among large ones should be visible."""
_TOPS: Final = (2, 4, 6, 8, 10)
"""Half of each is a round value, too."""
_ALONE, _IN_FRONT, _BEHIND = 0.72, 0.46, 0.88
"""Widths of columns: alone, before those of the earlier period, and these."""


@dataclass(frozen=True, slots=True)
class DaySpan:
    """Successive days that share a column."""

    first: date
    last: date

    @property
    def size(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def query(self) -> str:
        """Returns the parameters by which lists show these days alone."""
        return f"on={self.first}" if self.first == self.last else f"on={self.first}&to={self.last}"

    @property
    def label(self) -> str:
        """Formats the days: 4 Mar, 1 to 7 Mar, 26 Feb to 4 Mar."""
        if self.first == self.last:
            return f"{self.first:%-d %b}"
        is_one_month = (self.first.year, self.first.month) == (self.last.year, self.last.month)
        return f"{self.first:{'%-d' if is_one_month else '%-d %b'}} to {self.last:%-d %b}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """How values are formatted: `text` in full, `tick` on the axis; in files `number`, with `name` in the header."""

    name: str
    text: Callable[[int], str]
    tick: Callable[[int], str]
    number: Callable[[int], object]


COUNT: Final = Unit(name="", text="{:,}".format, tick="{:,}".format, number=int)


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The values of the period before, of its own days."""

    spans: Sequence[DaySpan]
    values: Sequence[int | None]
    total: int | None
    """None if nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The data of one chart: a value for each span of days, None if nothing is known.

    `opens` returns the address of what a column counts.
    """

    key: str
    title: str
    unit: Unit
    values: Sequence[int | None]
    total: int | None
    style: str = "busy"
    href: str = ""
    opens: Callable[[DaySpan], str] | None = None
    earlier: Earlier | None = None
    top: int | None = None
    """The top of the axis, if it is fixed."""
    names_peak: bool = True
    """Whether the highest day is worth a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The values at one place: `label` and `earlier` in full; `href` is empty if there is nothing to open."""

    at: int
    days: str
    label: str
    earlier: str
    href: str
    value: int | None
    earlier_value: int | None

    @property
    def title(self) -> str:
        own = f"{self.days}: {self.label}" if self.days else "No day"
        return f"{own}; before, {self.earlier}" if self.earlier else own

    @property
    def is_empty(self) -> bool:
        return not (self.value or self.earlier_value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A label on the horizontal axis; `x` in percent."""

    x: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The drawing: `path` and `earlier_path` in a box as wide as there are columns and HEIGHT high."""

    key: str
    title: str
    style: str
    href: str
    total: str
    change: str
    """The difference of the total to the period before, as a sentence; empty without a comparison."""
    columns: list[Column]
    path: str
    earlier_path: str
    peak: Column | None
    scale: list[str]
    """Labels of the vertical axis, from the top."""
    ticks: list[Tick]
    is_weekly: bool

    @property
    def width(self) -> int:
        return max(len(self.columns), 1)

    @property
    def rows(self) -> list[Column]:
        """Returns the table: the columns with a value, newest first."""
        return [column for column in reversed(self.columns) if not column.is_empty]

    @property
    def summary(self) -> str:
        return f"{self.title} by {'seven days' if self.is_weekly else 'day'}: {self.total}"


def read_span(first_day: str, last_day: str) -> DaySpan | None:
    """Returns the days that `DaySpan.query` states, at most 367; None without a valid first day."""
    first, last = _read_day(first_day), _read_day(last_day)
    return DaySpan(first, min(max(first, last or first), first + _LONGEST)) if first else None


def _read_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _EARLIEST <= day < _LATEST else None


def spans(days: Sequence[date]) -> list[DaySpan]:
    """Returns one span for each day; of more than 92 days, one for each seven, counted from the first."""
    size = _WEEK if len(days) > _MAX_DAYS else 1
    return [DaySpan(days[at], days[min(at + size, len(days)) - 1]) for at in range(0, len(days), size)]


def sum_by_span(values: Mapping[date, int], spans: Iterable[DaySpan]) -> list[int | None]:
    """Adds the values of the days of each span."""
    return [sum(value for day, value in values.items() if span.first <= day <= span.last) for span in spans]


def build_count_series(
    values: Mapping[date, int],
    *,
    spans: Sequence[DaySpan],
    key: str,
    title: str,
    href: str,
    unit: Unit = COUNT,
    style: str = "busy",
    earlier: Earlier | None = None,
) -> Series:
    """Returns a series whose total is the sum of its columns, each of which opens its part of the list at `href`."""
    parts = sum_by_span(values, spans)
    return Series(
        key=key,
        title=title,
        unit=unit,
        values=parts,
        total=total(parts),
        style=style,
        href=href,
        opens=lambda span: f"{href}&{span.query}",
        earlier=earlier,
    )


def total(values: Iterable[int | None]) -> int:
    return sum(value or 0 for value in values)


def draw(series: Series, *, spans: Sequence[DaySpan]) -> Chart:
    earlier_values = series.earlier.values if series.earlier else ()
    width = max(len(spans), len(earlier_values), 1)
    highest = max((value for value in (*series.values, *earlier_values) if value), default=0)
    top = series.top or _top(highest)
    columns = [_column(series, spans, at=at) for at in range(width)]
    return Chart(
        key=series.key,
        title=series.title,
        style=series.style,
        href=series.href,
        total=_text(series, series.total),
        change=_change(series) if series.earlier else "",
        columns=columns,
        path=_path(series.values, top=top, width=_IN_FRONT if series.earlier else _ALONE),
        earlier_path=_path(earlier_values, top=top, width=_BEHIND),
        peak=max(columns, key=lambda column: column.value or 0) if series.names_peak and highest else None,
        scale=[series.unit.tick(value) for value in ((top, top // 2, 0) if top > 1 else (top, 0))],
        ticks=list(_ticks(spans, width=width)),
        is_weekly=any(span.size > 1 for span in spans),
    )


def draw_together(rows: Sequence[Series], *, spans: Sequence[DaySpan]) -> list[Chart]:
    """Draws series on one scale, so that they can be compared; series of zeros are left out."""
    not_empty = [series for series in rows if any(series.values)]
    highest = max((value for series in not_empty for value in series.values if value), default=0)
    return [draw(replace(series, top=_top(highest)), spans=spans) for series in not_empty]


def joint_rows(charts: Sequence[Chart]) -> list[tuple[str, list[Column]]]:
    """Returns one table of charts of the same days: days with a value, newest first, with a column of each chart."""
    rows = zip(*(chart.columns for chart in charts), strict=True)
    with_value = [
        (columns[0].days, list(columns)) for columns in rows if not all(column.is_empty for column in columns)
    ]
    return with_value[::-1]


def table(series: Series, *, spans: Sequence[DaySpan]) -> tuple[list[str], list[list[object]]]:
    """Returns the chart as a header and rows for a file: raw numbers, oldest first, empty where nothing is known."""
    unit = f"{series.title} ({series.unit.name})" if series.unit.name else series.title
    header, rows = ["first_day", "last_day", unit], []
    earlier = series.earlier
    if earlier:
        header += ["first_day_before", "last_day_before", f"{unit}, before"]
    for at in range(max(len(spans), len(earlier.spans) if earlier else 0)):
        row = _cells(series, spans, series.values, at=at)
        rows.append([*row, *_cells(series, earlier.spans, earlier.values, at=at)] if earlier else row)
    return header, rows


def _cells(series: Series, spans: Sequence[DaySpan], values: Sequence[int | None], *, at: int) -> list[object]:
    if at >= len(spans):
        return ["", "", ""]
    value = values[at]
    return [spans[at].first, spans[at].last, "" if value is None else series.unit.number(value)]


def _column(series: Series, spans: Sequence[DaySpan], *, at: int) -> Column:
    span = spans[at] if at < len(spans) else None
    value = series.values[at] if span else None
    earlier = series.earlier
    has_earlier = earlier is not None and at < len(earlier.spans)
    earlier_value = earlier.values[at] if earlier and has_earlier else None
    return Column(
        at=at,
        days=span.label if span else "",
        label=_text(series, value),
        earlier=f"{earlier.spans[at].label}: {_text(series, earlier_value)}" if earlier and has_earlier else "",
        href=series.opens(span) if series.opens and span and value else "",
        value=value,
        earlier_value=earlier_value,
    )


def _text(series: Series, value: int | None) -> str:
    return "–" if value is None else series.unit.text(value)


def _change(series: Series) -> str:
    assert series.earlier
    earlier_total, now = series.earlier.total, series.total
    days = series.earlier.spans
    when = f"{days[0].first:%-d %b} to {days[-1].last:%-d %b %Y}" if days else "before"
    if earlier_total is None or now is None:
        return f"Nothing to compare with from {when}."
    if earlier_total == now:
        return f"The same as {when}."
    word = "more" if now > earlier_total else "less"
    return f"{series.unit.text(abs(now - earlier_total))} {word} than {when}: {series.unit.text(earlier_total)}."


def _top(highest: int) -> int:
    """Returns a round value for the top of an axis that must reach `highest`."""
    if highest <= 1:
        return 1
    power = 1
    while True:
        for top in _TOPS:
            if top * power >= highest:
                return top * power
        power *= 10


def _path(values: Sequence[int | None], *, top: int, width: float) -> str:
    parts = []
    for at, value in enumerate(values):
        if value and value > 0:
            height = max(round(HEIGHT * value / top, 1), _LEAST)
            bar_left = round(at + (1 - width) / 2, 2)
            parts.append(f"M{bar_left:g} {HEIGHT}v{-height:g}h{width:g}v{height:g}z")
    return "".join(parts)


def _ticks(spans: Sequence[DaySpan], *, width: int) -> Iterator[Tick]:
    step = -(-len(spans) // _LABELS) or 1
    for at in range(step // 2, len(spans), step):
        yield Tick(x=round((at + 0.5) / width * 100, 2), text=f"{spans[at].first:%-d %b}")
