"""A span of time as summed days, and the rest that is read from the rows.

Days are in UTC, so that the zone of a period does not matter: the partial days at its ends are read directly, as are
the newest days, and days that changed since they were summed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from billing.models import DayOf

_DAY = timedelta(days=1)
_KNOWN = """
SELECT s.through, (SELECT array_agg(DISTINCT c.day) FROM billing_changedday c WHERE c.of = s.of AND c.day <= s.through)
FROM billing_summeddays s WHERE s.of = %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """`first` to `last` are the summed days, except `without`; `direct` are half-open and aware spans, None for no
    beginning.

    Without summed days `last` is None.
    """

    first: date | None
    last: date | None
    without: tuple[date, ...]
    direct: tuple[tuple[datetime | None, datetime], ...]

    def days(self) -> Q:
        """Returns the condition for rows of a table of sums."""
        if self.last is None:
            return Q(pk__in=[])
        summed = Q(day__lte=self.last) if self.first is None else Q(day__gte=self.first, day__lte=self.last)
        return summed & ~Q(day__in=self.without) if self.without else summed

    def rows(self, at: str, *, convert: Any = lambda moment: moment) -> Q:
        """Returns the condition for rows that are read directly.

        `at` is their time field; `convert` turns a moment into its value.
        """
        condition = Q(pk__in=[])
        for begin, end in self.direct:
            condition |= Q(**{f"{at}__lt": convert(end)}) & (Q(**{f"{at}__gte": convert(begin)}) if begin else Q())
        return condition


@dataclass(frozen=True, slots=True)
class SummedDays:
    """The last summed day (None if there is none), and the days that changed since."""

    through: date | None
    changed: tuple[date, ...]


def read(kind: DayOf) -> SummedDays:
    """Reads which days of this kind are summed. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [kind])
        through, changed = cursor.fetchone() or (None, None)
    return SummedDays(through, tuple(changed or ()))


def build(kind: DayOf, *, since: datetime | None, until: datetime, summed: SummedDays | None = None) -> Span:
    """Returns the span from `since` (None: from the beginning) until before `until`, both aware.

    One query, none with `summed`.
    """
    summed = summed or read(kind)
    return split(since=since, until=until, through=summed.through, changed=summed.changed)


def split(*, since: datetime | None, until: datetime, through: date | None, changed: Iterable[date]) -> Span:
    """Returns the same for given summed days. Pure."""
    first = None if since is None else _first_whole(since)
    last_full_day = until.astimezone(UTC).date() - _DAY
    last = None if through is None else min(through, last_full_day)
    if last is None or (first is not None and first > last):
        return Span(first=None, last=None, without=(), direct=((since, until),) if _has_duration(since, until) else ())
    without = tuple(sorted(day for day in set(changed) if day <= last and (first is None or day >= first)))
    pieces: list[tuple[datetime | None, datetime]] = []
    if since is not None and first is not None:
        pieces.append((since, midnight(first)))
    pieces += _merge_days(without)
    pieces.append((midnight(last + _DAY), until))
    direct = tuple((begin, end) for begin, end in pieces if _has_duration(begin, end))
    return Span(first=first, last=last, without=without, direct=direct)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _first_whole(since: datetime) -> date:
    day = since.astimezone(UTC).date()
    return day if midnight(day) == since else day + _DAY


def _has_duration(begin: datetime | None, end: datetime) -> bool:
    return begin is None or begin < end


def _merge_days(days: Iterable[date]) -> Iterator[tuple[datetime, datetime]]:
    begin: date | None = None
    last: date | None = None
    for day in days:
        if begin is None or last is None or day != last + _DAY:
            if begin is not None and last is not None:
                yield midnight(begin), midnight(last + _DAY)
            begin = day
        last = day
    if begin is not None and last is not None:
        yield midnight(begin), midnight(last + _DAY)
