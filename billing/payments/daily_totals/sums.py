"""Computes the sums of finished days, and again of days that changed since. The only place that writes them.

A day is summed two hours after its end. What is written later about a finished day adds a `ChangedDay` in its own
transaction (triggers of migration 0062): until that is handled here the day is read from its rows, so that pages never
differ from the books. Only a transaction that stays open for two hours over midnight could be missed; `differing` would
find it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Min

from billing.models import DayOf, DayOfBooks, DayOfSessions, DayOfStarts
from chargers.lib import ids

SETTLES_WITHIN: Final = timedelta(hours=2)
"""How long after a day's end its last transaction may still commit."""
_BEGINNING: Final = date(1970, 1, 1)
_AT_ONCE: Final = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of sums: its key and amounts, and the query that makes both from the rows from `begin` until `end`."""

    name: str
    key: tuple[str, ...]
    amounts: tuple[str, ...]
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """A day of a host (primary key) whose sums differ from its rows."""

    day_of: DayOf
    host: int
    day: date


_TABLES: Final = {
    DayOf.BOOKS: _Table(
        "billing_dayofbooks", ("account_id", "day", "source_type", "kind"), ("moved_minor",),
        """
        SELECT p.account_id, (e.posted_at AT TIME ZONE 'UTC')::date AS day, e.source_type, e.kind,
            sum(CASE p.side WHEN 'D' THEN p.amount_minor ELSE -p.amount_minor END)::bigint AS moved_minor
        FROM billing_ledgerentry e JOIN billing_posting p ON p.entry_id = e.id
        WHERE e.posted_at >= %(begin)s AND e.posted_at < %(end)s GROUP BY 1, 2, 3, 4
        """,
    ),
    DayOf.SESSIONS: _Table(
        "billing_dayofsessions", ("host_id", "property_id", "day", "is_home", "currency"),
        ("sessions", "billed", "energy_wh", "total_minor"),
        """
        SELECT s.host_id, s.property_id, (s.settled_at AT TIME ZONE 'UTC')::date AS day,
            s.audience = 'reimbursement' AS is_home, coalesce(r.currency, '') AS currency, count(*) AS sessions,
            count(r.id) AS billed,
            coalesce(sum(coalesce(r.energy_wh, t.meter_stop_wh - t.meter_start_wh)), 0)::bigint AS energy_wh,
            coalesce(sum(r.total_minor), 0)::bigint AS total_minor
        FROM billing_session s LEFT JOIN billing_rating r ON r.session_id = s.id AND r.kind = 'final'
        LEFT JOIN chargers_transaction t ON t.id = s.transaction_id
        WHERE s.state = 'settled' AND s.settled_at >= %(begin)s AND s.settled_at < %(end)s GROUP BY 1, 2, 3, 4, 5
        """,
    ),
    DayOf.STARTS: _Table(
        "billing_dayofstarts", ("host_id", "day"), ("attempts", "accepted"),
        """
        SELECT host_id, billing_day_of_id(id) AS day, count(*) AS attempts,
            count(*) FILTER (WHERE verdict = 'accepted') AS accepted
        FROM authorization_decision
        WHERE id >= %(first)s AND id < %(after)s AND (kind = 'start' OR (kind = 'authorize' AND verdict = 'refused'))
        GROUP BY 1, 2
        """,
    ),
}  # fmt: skip


def refresh(*, now: datetime) -> int:
    """Sums finished and changed days, and returns their number. Safe to run twice at once."""
    return sum(_refresh_day_sums(kind, now=now) for kind in DayOf)


def rebuild(*, now: datetime) -> int:
    """Deletes all sums and makes them again; meanwhile pages read the rows."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM billing_summeddays")
    return refresh(now=now)


def first_day() -> date | None:
    """Returns the first day that has a sum."""
    tables = (DayOfBooks, DayOfSessions, DayOfStarts)
    firsts = (table.objects.aggregate(first=Min("day"))["first"] for table in tables)
    return min((first for first in firsts if first is not None), default=None)


def differing(*, since: date) -> list[Differing]:
    """Returns the days from `since` whose sums differ from their rows. One query for each kind and month."""
    return [difference for kind in DayOf for difference in _differing(kind, since=since)]


def _refresh_day_sums(kind: DayOf, *, now: datetime) -> int:
    last = (now - SETTLES_WITHIN).astimezone(UTC).date() - timedelta(days=1)
    with transaction.atomic(), connection.cursor() as cursor:
        # One process at a time: each later statement sees what the one before it has committed.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('billing_summeddays ' || %s))", [kind])
        cursor.execute("SELECT through FROM billing_summeddays WHERE of = %s", [kind])
        through = (cursor.fetchone() or (None,))[0]
        # Before the days are read again, so that a change in between leaves a new note.
        cursor.execute("DELETE FROM billing_changedday WHERE of = %s RETURNING day", [kind])
        changed = sorted({day for (day,) in cursor.fetchall() if through is not None and day <= through})
        for day in changed:
            _sum(cursor, kind, day, day)
        if through is None:
            cursor.execute(f"DELETE FROM {_TABLES[kind].name}")  # noqa: S608 - our own names
        begin = _BEGINNING if through is None else through + timedelta(days=1)
        if begin <= last:
            _sum(cursor, kind, begin, last, is_new=True)
            cursor.execute(
                "INSERT INTO billing_summeddays (of, through) VALUES (%s, %s)"
                " ON CONFLICT (of) DO UPDATE SET through = excluded.through",
                [kind, last],
            )
    return len(changed) + (max((last - begin).days + 1, 0) if through is not None else 0)


def _sum(cursor: Any, kind: DayOf, first: date, last: date, *, is_new: bool = False) -> None:
    table = _TABLES[kind]
    if not is_new:
        cursor.execute(f"DELETE FROM {table.name} WHERE day >= %s AND day <= %s", [first, last])  # noqa: S608
    names = ", ".join((*table.key, *table.amounts))
    cursor.execute(
        f"INSERT INTO {table.name} ({names}) SELECT {names} FROM ({table.query}) made",  # noqa: S608
        _values(first, last),
    )


def _differing(kind: DayOf, *, since: date) -> Iterator[Differing]:
    table = _TABLES[kind]
    host = (
        "(SELECT a.host_id FROM billing_ledgeraccount a WHERE a.id = account_id)" if kind == DayOf.BOOKS else "host_id"
    )
    amounts = [", ".join(f"{row}.{name}" for name in table.amounts) for row in ("s", "m")]
    using = ", ".join(table.key)
    # A sum of zero may have no row of its own, and the other way round.
    empty = " AND ".join(f"coalesce({row}.{name}, 0) = 0" for row in ("s", "m") for name in table.amounts)
    statement = f"""
        SELECT DISTINCT {host}, day FROM (
            SELECT {using} FROM (SELECT * FROM {table.name} WHERE day >= %(low)s AND day <= %(high)s) s
            FULL JOIN ({table.query}) m USING ({using})
            WHERE (ROW({amounts[0]}) IS DISTINCT FROM ROW({amounts[1]})) AND NOT ({empty})
        ) q WHERE NOT EXISTS (SELECT FROM billing_changedday c WHERE c.of = %(of)s AND c.day = q.day) ORDER BY 2, 1
    """  # noqa: S608 - our own names
    with connection.cursor() as cursor:
        cursor.execute("SELECT through FROM billing_summeddays WHERE of = %s", [kind])
        through = (cursor.fetchone() or (None,))[0]
        while through is not None and since <= through:
            last = min(since + _AT_ONCE, through)
            cursor.execute(statement, {**_values(since, last), "low": since, "high": last, "of": kind})
            yield from (Differing(day_of=kind, host=host, day=day) for host, day in cursor.fetchall())
            since = last + timedelta(days=1)


def _values(first: date, last: date) -> dict[str, Any]:
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    end = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    return {"begin": begin, "end": end, "first": ids.floor(begin), "after": ids.floor(end)}
