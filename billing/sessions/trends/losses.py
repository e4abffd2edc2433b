"""The probable cost of an outage: the sessions in the same hours of the week in the four weeks before it.

It is an estimate, from settled sessions and hours of the week in UTC.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from chargers.lib import ids

_WEEKS: Final = 4
_WEEK: Final = timedelta(days=7)
_HOUR: Final = timedelta(hours=1)
# Filtered by the key of sessions, which begins with their time, so that the index by charger is used.
_SQL: Final = """
SELECT b.charger, b.evse, extract(isodow FROM s.started_at AT TIME ZONE 'UTC')::int - 1,
    extract(hour FROM s.started_at AT TIME ZONE 'UTC')::int, count(*), coalesce(sum(r.total_minor), 0), max(r.currency)
FROM unnest(%(chargers)s::bigint[], %(evses)s::int[], %(first)s::uuid[], %(last)s::uuid[])
    AS b(charger, evse, first, last)
JOIN billing_session s ON s.charger_id = b.charger AND s.id >= b.first AND s.id < b.last
    AND s.state = 'settled' AND s.started_at IS NOT NULL AND (b.evse = 0 OR s.evse_number = b.evse)
LEFT JOIN billing_rating r ON r.session_id = s.id AND r.kind = 'final'
GROUP BY 1, 2, 3, 4
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A charger (primary key), or one of its outlets, that was out of use from `since` to `until`."""

    charger: int
    evse_number: int | None
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """An estimate; `currency` is empty if nothing was priced."""

    sessions: float = 0.0
    minor: int = 0
    currency: str = ""
    average_minor: int = 0
    """The average of one session there in those weeks."""

    @property
    def whole_sessions(self) -> int:
        return round(self.sessions)


@dataclass(slots=True)
class _Week:
    sessions: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    minor: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    currency: str = ""


def estimate(outages: Iterable[Outage]) -> Mapping[tuple[int, int | None], Loss]:
    """Returns the loss by charger and outlet. One query."""
    rows = list(outages)
    weeks = _weeks(rows) if rows else {}
    return {
        (outage.charger, outage.evse_number): _estimate_loss(
            weeks.get((outage.charger, outage.evse_number or 0), _Week()), outage
        )
        for outage in rows
    }


def usual(before: Mapping[int, datetime], *, now: datetime) -> Mapping[int, Loss]:
    """Returns what a session at each charger (primary key) usually earns, from the weeks before the given moment, so
    that it stays the same while an outage lasts.

    Without sessions then, from the weeks before now. One or two queries.
    """
    losses = _usual(before)
    new = {pk: now for pk in before if not losses[pk].average_minor}
    return losses | _usual(new) if new else losses


def _usual(before: Mapping[int, datetime]) -> dict[int, Loss]:
    by_outlet = estimate(Outage(charger=pk, evse_number=None, since=at, until=at) for pk, at in before.items())
    return {charger: loss for (charger, _), loss in by_outlet.items()}


def _weeks(outages: list[Outage]) -> Mapping[tuple[int, int], _Week]:
    values: dict[str, Any] = {
        "chargers": [outage.charger for outage in outages],
        "evses": [outage.evse_number or 0 for outage in outages],
        "first": [str(ids.floor(outage.since - _WEEKS * _WEEK)) for outage in outages],
        "last": [str(ids.floor(outage.since)) for outage in outages],
    }
    weeks: dict[tuple[int, int], _Week] = defaultdict(_Week)
    with connection.cursor() as cursor:
        cursor.execute(_SQL, values)
        for charger, evse, weekday, hour, sessions, minor, currency in cursor.fetchall():
            week = weeks[charger, evse]
            week.sessions[weekday * 24 + hour] += sessions / _WEEKS
            week.minor[weekday * 24 + hour] += float(minor) / _WEEKS
            week.currency = currency or week.currency
    return weeks


def _estimate_loss(week: _Week, outage: Outage) -> Loss:
    sessions, minor = sum(week.sessions.values()), sum(week.minor.values())
    full_weeks, remainder = divmod(max(outage.until - outage.since, timedelta(0)), _WEEK)
    shares = _hour_shares(outage.until - remainder, outage.until)
    return Loss(
        sessions=full_weeks * sessions + sum(share * week.sessions.get(hour, 0.0) for hour, share in shares.items()),
        minor=round(full_weeks * minor + sum(share * week.minor.get(hour, 0.0) for hour, share in shares.items())),
        currency=week.currency,
        average_minor=round(minor / sessions) if sessions else 0,
    )


def _hour_shares(since: datetime, until: datetime) -> Mapping[int, float]:
    """Returns for each hour of the week (UTC) how much of it lies in a span of less than a week."""
    by_hour: dict[int, float] = defaultdict(float)
    at = since
    while at < until:
        following = min(at.replace(minute=0, second=0, microsecond=0) + _HOUR, until)
        by_hour[at.weekday() * 24 + at.hour] += (following - at) / _HOUR
        at = following
    return by_hour
