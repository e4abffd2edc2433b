"""A session's timeline with what came of it later: commands, refunds, complaints, e-mails, people's acts, tickets."""

from collections.abc import Collection, Iterator
from typing import Final

from django.urls import reverse

from authorization import audit
from authorization.models import AuditEntry
from billing.formatting import contacts
from billing.models import Complaint, Letter, Refund, Session
from billing.rating.values import money
from chargers.models import Command
from support.explain import timeline
from support.explain.timeline import Kind, Moment, SessionHistory
from support.models import Ticket

_MOST: Final = 100


def of(facts: SessionHistory) -> list[Moment]:
    """Six queries beside those of the facts."""
    session = facts.session
    later = [
        *_commands(session),
        *_refunds(session),
        *_complaints(session),
        *_letters(session),
        *_people(session),
    ]
    return sorted([*timeline.moments(facts), *later], key=lambda one: one.at)


def tickets(session: Session) -> list[Moment]:
    """For agents: what was asked about the session."""
    rows = Ticket.objects.filter(session=session).order_by("id")[:_MOST]
    return [
        Moment(
            row.opened_at,
            "unknown",
            f"{row.label} was opened: {row.subject}",
            "Ticket",
            "",
            reverse("admin:support_ticket_change", args=[row.pk]),
        )
        for row in rows
    ]


def filtered(moments: Collection[Moment], *, source: str) -> list[Moment]:
    """Those of one source; all where none is named."""
    return [one for one in moments if not source or one.source == source]


def _commands(session: Session) -> Iterator[Moment]:
    """Starts and stops that were sent for it, until a little after its end."""
    if not session.id_token:
        return
    rows = Command.objects.filter(charger=session.charger_id, id_token=session.id_token)
    rows = rows.filter(created_at__gte=session.opened_at - timeline.PLUGGED_IN_BEFORE)
    if session.settled_at is not None:
        rows = rows.filter(created_at__lte=session.settled_at)
    for row in rows.order_by("created_at")[:_MOST]:
        kind: Kind = "ok" if row.state == "accepted" else "warn"
        page = reverse("chargers:command", args=[session.charger.charger_id, row.pk])
        sentence = f"{row.action}: {row.get_state_display()}"
        yield Moment(row.created_at, kind, sentence, "Command", audit.name(row.origin), page)


def _refunds(session: Session) -> Iterator[Moment]:
    for row in Refund.objects.filter(receipt__session=session).order_by("id")[:_MOST]:
        amount = money.text(row.total_minor, currency=row.currency)
        asked_by = audit.name(row.asked_by)
        yield Moment(row.created_at, "busy", f"A refund of {amount} was asked for", "Refund", asked_by)
        if row.finished_at is not None:
            kind: Kind = "ok" if row.state == Refund.State.DONE else "warn"
            yield Moment(row.finished_at, kind, f"Refund of {amount}: {row.get_state_display()}", "Refund")


def _complaints(session: Session) -> Iterator[Moment]:
    for row in Complaint.objects.filter(receipt__session=session).order_by("id")[:_MOST]:
        yield Moment(row.asked_at, "warn", f"The guest complained: {row.get_about_display()}", "Complaint", row.text)
        if row.answered_at is not None:
            yield Moment(row.answered_at, "ok", "The complaint was answered", "Complaint", row.answer)


def _letters(session: Session) -> Iterator[Moment]:
    rows = Letter.objects.filter(receipt__session=session) | Letter.objects.filter(session=session)
    for row in rows.select_related("receipt").order_by("id")[:_MOST]:
        kind: Kind = {"sent": "ok", "given_up": "bad"}.get(row.state, "busy")  # type: ignore[assignment]
        what = row.receipt.label if row.receipt else row.subject
        sentence = f"E-mail {what}: {row.get_state_display().lower()}"
        yield Moment(row.sent_at or row.asked_at, kind, sentence, "E-mail", contacts.masked(row.address))


def _people(session: Session) -> Iterator[Moment]:
    rows = AuditEntry.objects.filter(subject_type="session", subject_id=str(session.pk))
    for row in rows.order_by("at")[:_MOST]:
        what = row.verb.partition(".")[2].replace("_", " ") or row.verb
        yield Moment(row.at, "unknown", f"{audit.name(row.actor)}: {what}", "People", row.reason)
