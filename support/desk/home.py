"""The agents' first page, in a fixed number of queries: tickets, money, breakers, suggestions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.urls import reverse
from django.utils.http import urlencode

from authorization.models import MobilityProvider, User
from billing.models import BankAccount, BankLine, Payout
from billing.payouts.payees import readiness
from billing.sessions.money_work import money_work
from support.desk import shared_faults
from support.models import Ticket
from support.queues import queues
from support.queues.queues import Load

_SOON: Final = timedelta(hours=1)
_LIMIT: Final = 8


@dataclass(frozen=True, slots=True)
class Due:
    """A ticket near or past its service level."""

    ticket: Ticket
    due_at: datetime
    is_late: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """A kind of work with its number of cases, and its page."""

    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The content of the first page besides its search."""

    queues: Sequence[tuple[Load, str]]
    due: Sequence[Due]
    trouble: shared_faults.Trouble
    money: Sequence[Waiting]
    breakers: Sequence[MobilityProvider]
    suggestions: Sequence[Waiting]


def build(user: User, *, now: datetime) -> Home:
    """Builds the page in seventeen queries, however much there is."""
    work = money_work.load(user)
    cases = reverse("billing:cases")
    return Home(
        queues=[(load, _queue_page(load.queue)) for load in queues.measure_loads(now=now)],
        due=_due(now=now),
        trouble=shared_faults.collect(now=now),
        money=_money(work, cases),
        breakers=list(MobilityProvider.objects.filter(breaker_opened_at__isnull=False).order_by("name")[:_LIMIT]),
        suggestions=_list_waiting_work((work.offers, reverse("portal:attention")), (work.complaints, cases)),
    )


def _due(*, now: datetime) -> list[Due]:
    """Returns the tickets that wait for us and are due within an hour, or overdue."""
    rows = queues.due_before(now + _SOON).select_related("assignee", "charger", "property", "host")
    return [Due(ticket, ticket.due_at, ticket.due_at <= now) for ticket in rows[:_LIMIT]]  # type: ignore[attr-defined]


def _money(work: money_work.Work, cases: str) -> list[Waiting]:
    """Returns work on money: differences between bank, processor and books first, then accounts to confirm."""
    unmatched = BankLine.objects.filter(match=BankLine.Match.UNMATCHED).count()
    failed = Payout.objects.filter(state=Payout.State.FAILED).count()
    work_counts = [
        (unmatched, "bank line is not explained", "bank lines are not explained", reverse("billing:bank")),
        (failed, "payout failed", "payouts failed", reverse("billing:books-payouts")),
    ]
    accounts = [
        Waiting(
            f"{account.host.name}: a bank account waits for support",
            reverse("billing:bank-accounts", args=[account.host.slug]),
        )
        for account in readiness.for_support(BankAccount.objects.all())[:_LIMIT]
    ]
    parts = [
        Waiting(f"{count} {singular if count == 1 else many}", url)
        for count, singular, many, url in work_counts
        if count
    ]
    lists = (work.waiting, work.refused, work.disputes, work.owed, work.held, work.late)
    return [*parts, *accounts, *_list_waiting_work(*((work_list, cases) for work_list in lists))]


def _list_waiting_work(*lists: tuple[money_work.WorkList, str]) -> list[Waiting]:  # type: ignore[type-arg]
    """Returns the other kinds of work. One query each."""
    work_counts = ((waiting_list, url, waiting_list.rows.count()) for waiting_list, url in lists)
    return [
        Waiting(work_list.words(count), f"{url}#{work_list.slug}") for work_list, url, count in work_counts if count
    ]


def _queue_page(queue: str) -> str:
    return f"{reverse('admin:support_ticket_changelist')}?{urlencode({'queue': queue})}"
