"""A ticket's life: opened, moved, escalated, merged, linked, rated, closed."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from authorization.models import User
from billing.models import Payout, Session
from chargers.lib import batch
from chargers.models import Charger, Host, Property
from support.models import Attachment, Ticket, TicketDetail, TicketLink, TicketMessage
from support.tickets import conversation, service_levels
from support.topics import catalogue, danger_words
from support.topics.details import OF_SESSION, Detail
from support.topics.topic import Asker, Priority, Queue, Requirement

State = Ticket.State
CLOSES_AFTER: Final = timedelta(days=7)
"""How long after its solution a ticket is closed; a later message opens a new one linked to it."""
_NO_TOPIC: Final = {Asker.GUEST: Queue.CHARGING, Asker.HOST: Queue.HOSTS}


class MergeError(Exception):
    """These two tickets cannot be merged; the message is a sentence for the agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a ticket is about, as far as known when it is opened. `proof`: why the session may be shown."""

    host: Host | None = None
    property: Property | None = None
    charger: Charger | None = None
    session: Session | None = None
    payout: Payout | None = None
    proof: Ticket.Proof = Ticket.Proof.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """A request for help. `given`: what the person typed; `known_details`: what they need not be asked."""

    topic: int | None
    text: str
    asker: Asker
    origin: Ticket.Origin
    email: str = ""
    language: str = "en"
    subject: str = ""
    user: User | None = None
    facts: Facts = Facts()
    known_details: Mapping[Detail, str] = field(default_factory=dict)
    given: Mapping[Detail, str] = field(default_factory=dict)


def open_ticket(new: NewTicket, *, now: datetime) -> Ticket:
    """Stores the ticket, its details and its first message. Call it in a transaction."""
    topic = catalogue.TOPICS.get(new.topic or 0)
    priority = topic.priority if topic else Priority.NORMAL
    if danger_words.are_named(new.text):
        priority = Priority.URGENT
    due = service_levels.due(priority, since=now)
    ticket = Ticket.objects.create(
        secret=secrets.token_urlsafe(32),
        topic=new.topic,
        subject=(new.subject or (topic.title if topic else new.text.strip().partition("\n")[0]))[:200],
        priority=priority,
        queue=topic.queue if topic else _NO_TOPIC[new.asker],
        origin=new.origin,
        asker=new.asker,
        email=new.email.lower(),
        language=new.language,
        opened_by=new.user,
        host=new.facts.host,
        property=new.facts.property,
        charger=new.facts.charger,
        session=new.facts.session,
        payout=new.facts.payout,
        proof=new.facts.proof,
        opened_at=now,
        changed_at=now,
        unread_since=now,
        first_answer_due_at=due.first_answer_at,
        solve_due_at=due.solution_at,
    )
    note_details(ticket, new.known_details, source=TicketDetail.Source.KNOWN, now=now)
    note_details(ticket, new.given, source=TicketDetail.Source.GIVEN, now=now)
    return ticket


def note_details(ticket: Ticket, values: Mapping[Detail, str], *, source: TicketDetail.Source, now: datetime) -> None:
    """Stores details that are not known yet."""
    rows = [
        TicketDetail(ticket=ticket, code=detail, value=value[:300], source=source, at=now)
        for detail, value in values.items()
        if value
    ]
    TicketDetail.objects.bulk_create(rows, ignore_conflicts=True)


def missing(ticket: Ticket) -> list[Requirement]:
    """Returns what the ticket's topic requires and is not known. One query."""
    topic = catalogue.TOPICS.get(ticket.topic or 0)
    if topic is None:
        return []
    details = {Detail(code) for code in ticket.details.values_list("code", flat=True)}
    if ticket.session_id is not None and ticket.proof:
        details |= OF_SESSION
    if ticket.property_id is not None or ticket.payout_id is not None:
        details.add(Detail.PROPERTY)
    if ticket.payout_id is not None:
        details.add(Detail.PAYOUT_ID)
    if ticket.host_id is not None and Detail.PAYOUT_ID in details:
        details.add(Detail.PROPERTY)
    return catalogue.missing_requirements(topic, known_details=details)


def change_state(ticket: Ticket, new_state: Ticket.State, *, now: datetime) -> bool:
    """Changes the state of a live or solved ticket.

    Returns False if it is closed or has that state. Waiting stops the clock.
    """
    with transaction.atomic():
        locked = Ticket.objects.select_for_update().get(pk=ticket.pk)
        if locked.state in {State.CLOSED, new_state}:
            return False
        _leave(locked, now=now)
        locked.state, locked.changed_at = new_state, now
        locked.waiting_since = now if new_state in Ticket.WAITING else None
        locked.solved_at = now if new_state == State.SOLVED else locked.solved_at if new_state == State.CLOSED else None
        locked.closed_at = now if new_state == State.CLOSED else None
        locked.save(update_fields=["state", "changed_at", "waiting_since", "solve_due_at", "solved_at", "closed_at"])
    ticket.refresh_from_db()
    return True


def _leave(ticket: Ticket, *, now: datetime) -> None:
    """Postpones the solution's due time by the time that we waited for others."""
    if ticket.waiting_since is not None:
        ticket.solve_due_at += now - ticket.waiting_since


def note_requester_message(ticket: Ticket, *, now: datetime) -> None:
    """Marks a message of the person who asked: the ticket is unread, waits for us, and is reopened if it was solved."""
    if ticket.state == State.SOLVED:
        Ticket.objects.filter(pk=ticket.pk, state=State.SOLVED).update(reopened=ticket.reopened + 1)
    if ticket.state != State.NEW:
        change_state(ticket, State.OPEN, now=now)
    Ticket.objects.filter(pk=ticket.pk, unread_since=None).update(unread_since=now)
    Ticket.objects.filter(pk=ticket.pk).update(changed_at=now)
    ticket.refresh_from_db()


def set_topic(ticket: Ticket, number: int, *, now: datetime) -> None:
    """Changes the topic with its queue; the priority, which an agent may have set, stays."""
    Ticket.objects.filter(pk=ticket.pk).update(topic=number, queue=catalogue.TOPICS[number].queue, changed_at=now)
    ticket.refresh_from_db()


def set_priority(ticket: Ticket, priority: Priority, *, now: datetime) -> None:
    """Changes the priority, with the due times that it would have had from the start."""
    due = service_levels.due(priority, since=ticket.opened_at)
    Ticket.objects.filter(pk=ticket.pk).update(
        priority=priority,
        first_answer_due_at=due.first_answer_at,
        solve_due_at=due.solution_at,
        escalated_at=None,
        changed_at=now,
    )
    ticket.refresh_from_db()


def merge(ticket: Ticket, *, into: Ticket, now: datetime) -> None:
    """Merges the ticket into the other one, which takes its messages, files and details. Raises MergeError."""
    if ticket.pk == into.pk:
        raise MergeError("A ticket cannot be merged into itself.")
    with transaction.atomic():
        keys = sorted((ticket.pk, into.pk))
        rows = {row.pk: row for row in Ticket.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
        if rows[into.pk].state == State.CLOSED:
            raise MergeError(f"{into.label} is closed: merge into an open ticket.")
        if rows[ticket.pk].merged_into_id is not None:
            raise MergeError(f"{ticket.label} was merged already.")
        if rows[ticket.pk].email != rows[into.pk].email:
            raise MergeError("They are of different people, who would read each other’s messages: link them instead.")
        TicketMessage.objects.filter(ticket=ticket).update(ticket=into)
        Attachment.objects.filter(ticket=ticket).update(ticket=into)
        existing_codes = TicketDetail.objects.filter(ticket=into).values("code")
        TicketDetail.objects.filter(ticket=ticket).exclude(code__in=existing_codes).update(ticket=into)
        Ticket.objects.filter(pk=ticket.pk).update(
            state=State.CLOSED, closed_at=now, changed_at=now, merged_into=into, waiting_since=None, unread_since=None
        )
        conversation.add_system(into, f"{ticket.label} was merged into this ticket.", now=now)
    ticket.refresh_from_db()


def link(ticket: Ticket, other: Ticket, *, now: datetime) -> None:
    """Links two tickets that are related but stay separate."""
    first, second = sorted((ticket.pk, other.pk))
    if first != second:
        TicketLink.objects.get_or_create(first_id=first, second_id=second, defaults={"linked_at": now})


def list_linked_tickets(ticket: Ticket) -> list[Ticket]:
    """Returns the linked tickets. One query."""
    return list(
        Ticket.objects.filter(Q(links_after__second=ticket) | Q(links_before__first=ticket)).distinct().order_by("-id")
    )


def escalate_due(*, now: datetime) -> int:
    """Raises the priority of tickets whose due time has passed, once each."""
    late = Q(first_answered_at=None, first_answer_due_at__lte=now) | Q(solve_due_at__lte=now)
    rows = Ticket.objects.filter(late, state__in=(State.NEW, State.OPEN), escalated_at=None)
    return batch.run_for_rows(rows, lambda pk: _escalate(pk, now=now), failure="could not be escalated")


def _escalate(pk: int, *, now: datetime) -> bool:
    with transaction.atomic():
        live = Ticket.objects.filter(pk=pk, state__in=(State.NEW, State.OPEN), escalated_at=None)
        ticket = live.select_for_update(of=("self",)).select_related("property").first()
        if ticket is None:
            return False
        raised = service_levels.raise_priority(Priority(ticket.priority))
        Ticket.objects.filter(pk=pk).update(escalated_at=now, priority=raised)
        milestone = "The first answer" if ticket.first_answered_at is None else "The solution"
        due = ticket.first_answer_due_at if ticket.first_answered_at is None else ticket.solve_due_at
        zone = ZoneInfo(ticket.property.time_zone if ticket.property else "UTC")
        at = f"{due.astimezone(zone):%-d %B, %H:%M %Z}"
        text = f"Escalated: {milestone.lower()} was due {at}. The priority is {raised} now."
        conversation.add_system(ticket, text, now=now)
    return True


def close_solved(*, now: datetime) -> int:
    """Closes tickets that were solved a week ago."""
    old = Ticket.objects.filter(state=State.SOLVED, solved_at__lte=now - CLOSES_AFTER)
    return batch.run_for_rows(
        old, lambda pk: change_state(Ticket.objects.get(pk=pk), State.CLOSED, now=now), failure="could not be closed"
    )


def rate(ticket: Ticket, satisfaction: Ticket.Satisfaction, *, text: str, now: datetime) -> bool:
    """Stores the person's rating, once the ticket is solved; the last one counts."""
    ended = Ticket.objects.filter(pk=ticket.pk, state__in=(State.SOLVED, State.CLOSED))
    return bool(ended.update(satisfaction=satisfaction, satisfaction_text=text[:500], changed_at=now))
