"""Closes months and years that are over: one document each, which begins where the previous one ended.

Closing locks the host's row while it computes a sum. Every entry of the host takes a share of that lock when it is
written (migration 0043), so a closing sees all entries posted before it, and later ones are in the next period, even if
their writer's clock was behind.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from billing.models import LedgerAccount, Posting, Statement
from billing.payments.books import statements
from billing.payments.books.statements import Account, Kind
from billing.sessions.documents.numbering import next_in
from chargers.lib import batch
from chargers.models import Host

_PREFIX: Final = "A"
_PATIENCE: Final = "5s"
"""The longest time that a closing waits for entries being written; the next round tries again."""


@dataclass(frozen=True, slots=True)
class _Next:
    """The period to close next."""

    begins_on: date
    begins_at: datetime
    ends_at: datetime
    opening_minor: int
    previous: Statement | None


def close_due(*, now: datetime) -> int:
    """Closes every ended period of every host. Returns the number of hosts with something closed."""
    hosts = Host.objects.filter(ledger_accounts__code=LedgerAccount.Code.HOST_PAYABLE).distinct()
    return batch.run_for_rows(
        hosts, lambda pk: bool(close_host(Host.objects.get(pk=pk), now=now)), failure="could not be closed", limit=None
    )


def close_host(host: Host, *, now: datetime) -> list[Statement]:
    """Closes a host's months first, then its years, which end with their December. Nothing is closed twice."""
    accounts = statements.accounts(host)
    return [
        statement
        for kind in (Kind.MONTH, Kind.YEAR)
        for account in accounts
        for statement in _close_all(account, kind, now=now)
    ]


def _close_all(account: Account, kind: Kind, *, now: datetime) -> Iterable[Statement]:
    while True:
        next_period = _next(account, kind)
        if next_period is None or next_period.ends_at > now:
            return
        statement = _close(account, kind, next_period, now=now)
        if statement is None:
            return
        yield statement


def _next(account: Account, kind: Kind) -> _Next | None:
    """Returns the period after the last closed one.

    Periods in which nothing was owed and nothing moved are skipped: the next document begins where the last one ended,
    and is named after the first period with movement.
    """
    last = account.documents(kind).last()
    zone = account.zone
    if last is not None and last.closing_minor:
        day = statements.next_day(last.begins_on, kind)
    else:
        rows = account.postings().filter(entry__posted_at__gte=last.ends_at) if last else account.postings()
        first = rows.order_by("entry__posted_at").values_list("entry__posted_at", flat=True).first()
        if first is None:
            return None
        day = _named_after(first, kind, zone=zone)
        if last is not None:
            day = max(day, statements.next_day(last.begins_on, kind))
    return _Next(
        begins_on=day,
        begins_at=last.ends_at if last else statements.midnight(day, zone),
        ends_at=_end(account, statements.next_day(day, kind), kind, zone=zone),
        opening_minor=last.closing_minor if last else 0,
        previous=last,
    )


def _named_after(at: datetime, kind: Kind, *, zone: str) -> date:
    day = at.astimezone(ZoneInfo(zone)).date()
    return date(day.year, 1, 1) if kind == Kind.YEAR else day.replace(day=1)


def _end(account: Account, day: date, kind: Kind, *, zone: str) -> datetime:
    """Returns midnight at the end of the month, or for a year the end of its December, if that was closed."""
    if kind == Kind.YEAR:
        december = account.documents().filter(begins_on=date(day.year - 1, 12, 1)).first()
        if december is not None:
            return december.ends_at
    return statements.midnight(day, zone)


def _close(account: Account, kind: Kind, next_period: _Next, *, now: datetime) -> Statement | None:
    """Closes the period; None if another scheduler has closed it meanwhile."""
    with transaction.atomic():
        _lock(account.host)
        if account.documents(kind).last() != next_period.previous:
            return None
        rows = account.postings().filter(entry__posted_at__lt=next_period.ends_at)
        if next_period.previous is not None:
            rows = rows.filter(entry__posted_at__gte=next_period.begins_at)
        sums = rows.aggregate(
            credited=Coalesce(Sum("amount_minor", filter=Q(side=Posting.Side.CREDIT)), 0),
            debited=Coalesce(Sum("amount_minor", filter=Q(side=Posting.Side.DEBIT)), 0),
            lines=Count("id"),
        )
        numbering = next_in(account.host.pk, f"{_PREFIX}{next_period.begins_on.year}")
        return Statement.objects.create(
            host=account.host,
            property=account.property_,
            currency=account.currency,
            kind=kind,
            begins_on=next_period.begins_on,
            begins_at=next_period.begins_at.astimezone(UTC),
            ends_at=next_period.ends_at,
            time_zone=account.zone,
            series=numbering.series,
            number=numbering.number,
            previous=next_period.previous,
            opening_minor=next_period.opening_minor,
            credited_minor=sums["credited"],
            debited_minor=sums["debited"],
            closing_minor=next_period.opening_minor + sums["credited"] - sums["debited"],
            lines=sums["lines"],
            closed_at=now,
        )


def _lock(host: Host) -> None:
    """Waits for entries of this host that are being posted, then blocks new ones until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
        Host.objects.select_for_update().get(pk=host.pk)
        cursor.execute("SET LOCAL lock_timeout = 0")
