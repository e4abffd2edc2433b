"""Windows in a property's local time, and the cuts that they make in elapsed time.

A window is judged by the local time of each instant, including its weekday: `FRI 22:00-06:00` applies on Friday before
06:00 and from 22:00, not on Saturday morning. An hour that the clock skips lasts nothing; one that it repeats counts
twice.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DAY_NAMES: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
EVERY_DAY: Final = frozenset(range(7))
DAY_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open span of minutes of the day; it wraps past midnight if the end is not after the start."""

    start_minute: int = 0
    end_minute: int = DAY_MINUTES
    weekdays: frozenset[int] = EVERY_DAY
    """0 is Monday."""
    first_day: date | None = None
    last_day: date | None = None
    """Inclusive; both are local dates, and None is no limit."""

    @property
    def has_dates(self) -> bool:
        return self.first_day is not None or self.last_day is not None

    @property
    def is_whole_day(self) -> bool:
        return self.start_minute == 0 and self.end_minute == DAY_MINUTES

    @property
    def edges(self) -> frozenset[int]:
        """Returns the minutes of the day at which the window may begin or end."""
        edges = frozenset() if self.is_whole_day else frozenset((self.start_minute, self.end_minute % DAY_MINUTES))
        return edges if self.weekdays == EVERY_DAY and not self.has_dates else edges | {0}

    def lasts_on(self, day: date) -> bool:
        """Whether the day lies between its dates; `covers` checks only the time and the weekday."""
        return not ((self.first_day and day < self.first_day) or (self.last_day and day > self.last_day))

    def covers(self, *, weekday: int, minute: int) -> bool:
        if weekday not in self.weekdays:
            return False
        if self.start_minute < self.end_minute:
            return self.start_minute <= minute < self.end_minute
        return minute >= self.start_minute or minute < self.end_minute

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """Returns the half-open spans of minutes that it covers on each of its weekdays."""
        if self.start_minute < self.end_minute:
            return ((self.start_minute, self.end_minute),)
        return ((self.start_minute, DAY_MINUTES), (0, self.end_minute))

    def meets(self, other: "Window") -> bool:
        """Whether both apply at some minute of some day."""
        if not self.weekdays & other.weekdays:
            return False
        for window, two in ((self, other), (other, self)):
            if window.last_day and two.first_day and window.last_day < two.first_day:
                return False
        return any(
            begin < other_end and other_begin < end
            for begin, end in self.spans
            for other_begin, other_end in other.spans
        )


WHOLE_WEEK: Final = Window()
NEVER: Final = Window(weekdays=frozenset())


@dataclass(frozen=True, slots=True)
class Slice:
    """A span of elapsed time within which no window begins or ends; weekday, minute and day are those of its start."""

    start: datetime
    end: datetime
    weekday: int
    minute: int
    day: date


def clock(minute: int) -> str:
    """Returns a minute of the day as a clock time, such as 07:30; the end of the day is 24:00."""
    return f"{minute // 60:02}:{minute % 60:02}"


def overlaps(windows: Sequence[Window]) -> dict[int, int]:
    """Returns the windows that share a minute with an earlier one: index of the later to index of one earlier."""
    overlapping: dict[int, int] = {}
    for weekday in EVERY_DAY:
        spans = sorted(
            (*span, index)
            for index, window in enumerate(windows)
            if weekday in window.weekdays
            for span in window.spans
        )
        reach, reaching = 0, -1
        for start, end, index in spans:
            if start < reach:
                overlapping.setdefault(max(index, reaching), min(index, reaching))
            if end > reach:
                reach, reaching = end, index
    return overlapping


def covered_spans(windows: Iterable[Window]) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Returns the spans of minutes that the windows cover on each weekday, joined and in order, ignoring their
    dates.
    """
    return tuple(
        _merge_spans(span for window in windows if day in window.weekdays for span in window.spans) for day in range(7)
    )


def outside(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Returns the rest of the week, in as few windows as possible; `NEVER` if nothing is left."""
    by_spans: dict[tuple[tuple[int, int], ...], set[int]] = {}
    for weekday, spans in enumerate(covered_spans(windows)):
        by_spans.setdefault(_uncovered_spans(spans), set()).add(weekday)
    remaining = [
        Window(start_minute=start, end_minute=end, weekdays=frozenset(days))
        for spans, days in by_spans.items()
        for start, end in _past_midnight(spans)
    ]
    return tuple(remaining) or (NEVER,)


def _merge_spans(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _uncovered_spans(spans: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Returns the uncovered parts of a day."""
    edges = (0, *(edge for span in spans for edge in span), DAY_MINUTES)
    return tuple((start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end)


def _past_midnight(spans: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Joins the last span of a day and the first one if they meet at midnight."""
    if len(spans) > 1 and spans[0][0] == 0 and spans[-1][1] == DAY_MINUTES:
        return (*spans[1:-1], (spans[-1][0], spans[0][1]))
    return spans


def slices(start: datetime, end: datetime, *, zone: ZoneInfo, edges: frozenset[int]) -> Iterator[Slice]:
    """Cuts the elapsed time from `start` to `end` (UTC) at every `edge`, a minute of the local day.

    Cost grows with the days times the edges.
    """
    ordered = sorted(edges)
    for span_start, span_end, offset in _offset_spans(start, end, zone=zone):
        wall_start, wall_end = span_start + offset, span_end + offset
        piece_start = wall_start
        for cut in (*_edge_times(wall_start, wall_end, edges=ordered), wall_end):
            yield Slice(
                start=piece_start - offset,
                end=cut - offset,
                weekday=piece_start.weekday(),
                minute=piece_start.hour * 60 + piece_start.minute,
                day=piece_start.date(),
            )
            piece_start = cut


def empty_slice(at: datetime, *, zone: ZoneInfo) -> Slice:
    """Returns an instant (UTC) as a slice, for events without duration."""
    wall = at + _offset(at, zone=zone)
    return Slice(start=at, end=at, weekday=wall.weekday(), minute=wall.hour * 60 + wall.minute, day=wall.date())


def _edge_times(start: datetime, end: datetime, *, edges: list[int]) -> Iterator[datetime]:
    """Yields every edge strictly between two wall times, in order."""
    if not edges:
        return
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    first = bisect_right(edges, start.hour * 60 + start.minute)
    while midnight < end:
        for edge in edges[first:]:
            cut = midnight + timedelta(minutes=edge)
            if cut >= end:
                return
            yield cut
        midnight += timedelta(days=1)
        first = 0


def _offset_spans(start: datetime, end: datetime, *, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Yields the spans of a constant difference to UTC."""
    span_start, offset, probe = start, _offset(start, zone=zone), start
    while probe < end:
        ahead = min(probe + timedelta(days=1), end)
        offset_ahead = _offset(ahead, zone=zone)
        if offset_ahead != offset:
            change = _change_between(probe, ahead, zone=zone)
            if span_start < change:
                yield span_start, change, offset
            span_start, offset = change, offset_ahead
        probe = ahead
    if span_start < end:
        yield span_start, end, offset


def _change_between(before: datetime, after: datetime, *, zone: ZoneInfo) -> datetime:
    """Returns the first whole second at which the difference to UTC is no longer that of `before`."""
    low, high = int(before.timestamp()), int(after.timestamp())
    offset = _offset(before, zone=zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(datetime.fromtimestamp(middle, tz=UTC), zone=zone) == offset:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, tz=UTC)


def _offset(instant: datetime, *, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta(0)


def exists(local: datetime) -> bool:
    """Whether a local time exists; it does not if the clocks skip it when they are put forward."""
    return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None)


def local_text(instant: datetime, *, zone: ZoneInfo) -> str:
    """Returns the local time of an instant: `2026-03-10 17:00`."""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"
