"""The tickets that wait for agents: filtered, sorted by due time, paginated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from django.db.models import Case, Count, DateTimeField, F, Min, Q, QuerySet, When

from authorization.models import User
from support.models import Ticket
from support.queues import finding

Whose = Literal["all", "mine", "nobody"]
_A_PAGE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """The filter of the list; empty shows all live tickets."""

    queue: str = ""
    state: str = ""
    priority: str = ""
    whose: Whose = "all"
    is_unread: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Tickets, each with its `due_at`; `after` is the start of the next page, empty at the end."""

    rows: Sequence[Ticket]
    after: str


@dataclass(frozen=True, slots=True)
class Load:
    """How much waits in a queue, and how long the oldest has waited for us."""

    queue: str
    label: str
    live: int
    late: int
    unread: int
    oldest_at: datetime | None = None


def list_tickets(filter_: Filter, *, user: User, after: str, now: datetime) -> Page:
    """Returns a page; `after` comes from the page before.

    Search results are sorted by relevance, other lists by due time.
    """
    if filter_.text:
        return _search_tickets(filter_, user=user, after=after, now=now)
    rows = _sort_by_due_time(_filter_tickets(filter_, user=user))
    if (position := _parse_cursor(after)) is not None:
        due_at, key = position
        rows = rows.filter(Q(due_at__gt=due_at) | Q(due_at=due_at, pk__gt=key))
    tickets = list(rows.select_related("assignee", "charger", "property", "host")[: _A_PAGE + 1])
    _mark_late(tickets, now=now)
    last = tickets[_A_PAGE - 1] if len(tickets) > _A_PAGE else None
    return Page(tickets[:_A_PAGE], f"{last.due_at.isoformat()}_{last.pk}" if last else "")  # type: ignore[attr-defined]


def _search_tickets(filter_: Filter, *, user: User, after: str, now: datetime) -> Page:
    """Returns the best matches first; `after` counts the rows before."""
    keys = finding.rank_matches(_filter_tickets(filter_, user=user), filter_.text)
    start = int(after) if after.isascii() and after.isdecimal() and len(after) < 6 else 0
    page_keys = keys[start : start + _A_PAGE]
    rows = _sort_by_due_time(Ticket.objects.filter(pk__in=page_keys)).select_related(
        "assignee", "charger", "property", "host"
    )
    by_key = {row.pk: row for row in rows}
    tickets = [by_key[key] for key in page_keys if key in by_key]
    _mark_late(tickets, now=now)
    return Page(tickets, str(start + _A_PAGE) if len(keys) > start + _A_PAGE else "")


def _mark_late(rows: Sequence[Ticket], *, now: datetime) -> None:
    for row in rows:
        row.is_late = row.state in {Ticket.State.NEW, Ticket.State.OPEN} and row.due_at <= now  # type: ignore[attr-defined]


def measure_loads(*, now: datetime) -> list[Load]:
    """Returns each queue with what waits in it. One query."""
    waits_for_us = Q(state__in=(Ticket.State.NEW, Ticket.State.OPEN))
    late = waits_for_us & (Q(first_answered_at=None, first_answer_due_at__lte=now) | Q(solve_due_at__lte=now))
    live_tickets = Ticket.objects.filter(state__in=Ticket.LIVE).values("queue")
    by_queue = {
        str(row["queue"]): (row["live"], row["late"], row["unread"], row["oldest"])
        for row in live_tickets.annotate(
            live=Count("pk"),
            late=Count("pk", filter=late),
            unread=Count("pk", filter=Q(unread_since__isnull=False)),
            oldest=Min("opened_at", filter=waits_for_us),
        )
    }
    return [Load(queue.value, str(queue.label), *by_queue.get(queue.value, (0, 0, 0, None))) for queue in Ticket.Queue]


def due_before(moment: datetime) -> QuerySet[Ticket]:
    """Returns tickets that wait for us and are due by then, each with its `due_at`, the earliest first."""
    open_tickets = Ticket.objects.filter(state__in=(Ticket.State.NEW, Ticket.State.OPEN), merged_into=None)
    first, solution = Q(first_answered_at=None, first_answer_due_at__lte=moment), Q(solve_due_at__lte=moment)
    return _sort_by_due_time(open_tickets.filter(first | Q(first_answered_at__isnull=False) & solution))


def _filter_tickets(filter_: Filter, *, user: User) -> QuerySet[Ticket]:
    states = (filter_.state,) if filter_.state else Ticket.LIVE
    rows = Ticket.objects.filter(merged_into=None)
    if not (filter_.text and not filter_.state):
        rows = rows.filter(state__in=states)
    if filter_.queue:
        rows = rows.filter(queue=filter_.queue)
    if filter_.priority:
        rows = rows.filter(priority=filter_.priority)
    if filter_.whose != "all":
        rows = rows.filter(assignee=user if filter_.whose == "mine" else None)
    if filter_.is_unread:
        rows = rows.filter(unread_since__isnull=False)
    return rows


def _sort_by_due_time(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    due = Case(
        When(first_answered_at=None, then=F("first_answer_due_at")),
        default=F("solve_due_at"),
        output_field=DateTimeField(),
    )
    return rows.annotate(due_at=due).order_by("due_at", "pk")


def _parse_cursor(after: str) -> tuple[datetime, int] | None:
    moment, _, key = after.partition("_")
    try:
        return datetime.fromisoformat(moment), int(key)
    except ValueError:
        return None
