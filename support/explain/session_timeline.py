"""A session's timeline with everything that belongs to it.

Messages, other back offices, the stay, commands, refunds, disputes, the payout, complaints, e-mails, people's acts,
tickets.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.urls import reverse

from authorization import audit
from authorization.models import AuditEntry, Opinion, Stay
from billing.engine.values import money
from billing.formatting import contacts
from billing.models import Complaint, Dispute, OutgoingMail, Refund, Session
from billing.payouts.cycle import bridge
from chargers.commands import wording
from chargers.lib import ids
from chargers.models import Command, Message, Transaction
from support.explain import timeline
from support.explain.timeline import Kind, Moment, SessionHistory
from support.models import Ticket

_LIMIT: Final = 100
_MAX_AT_FIRST: Final = 30
"""How many moments of a kind a session's page shows, to stay small."""
_LONGEST: Final = timedelta(days=2)
"""How far after its start the messages of a session without an end are searched."""
_AFTER: Final = timedelta(minutes=10)
_TO_REPORT: Final = timedelta(seconds=30)
"""How long after its end a charger may still name the card, as in StopTransaction."""
_MAX_MESSAGES: Final = 2000
_GROUPS: Final[Mapping[str, str]] = {
    "Session": "Charging", "Transaction": "Charging", "Status": "Charging", "Charging state": "Charging",
    "Rating": "Money", "Payment": "Money", "Receipt": "Money", "Credit note": "Money", "Corrected receipt": "Money",
    "Refund": "Money", "Dispute": "Money", "Payout": "Money",
    "Decision": "Access", "Stay": "Access",
    "Command": "Messages and commands", "Message": "Messages and commands",
    "Complaint": "People and mail", "E-mail": "People and mail", "People": "People and mail",
    "Ticket": "People and mail",
}  # fmt: skip
_GROUP_OF_OTHERS: Final = "Access"
"""The group for other back offices' answers, whose source is the back office's name."""
_EVENT: Final = re.compile(r'"eventType"\s*:\s*"(\w+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentGroup:
    """The moments of one kind, in order. `worst` is the display kind of the most serious one."""

    title: str
    moments: list[Moment]
    worst: Kind

    @property
    def key(self) -> str:
        return self.title.lower().replace(" ", "-")

    @property
    def at_first(self) -> list[Moment]:
        return self.moments[:_MAX_AT_FIRST]

    @property
    def left(self) -> int:
        return len(self.moments[_MAX_AT_FIRST:])


def groups(moments: Collection[Moment]) -> list[MomentGroup]:
    """Groups the moments by kind, leaving out empty groups."""
    by_title: dict[str, list[Moment]] = {title: [] for title in dict.fromkeys(_GROUPS.values())}
    for moment in moments:
        by_title[_GROUPS.get(moment.source, _GROUP_OF_OTHERS)].append(moment)
    return [
        MomentGroup(title=title, moments=members, worst=_worst_kind(members))
        for title, members in by_title.items()
        if members
    ]


def _worst_kind(moments: Collection[Moment]) -> Kind:
    kinds = {moment.kind for moment in moments}
    grave: tuple[Kind, ...] = ("bad", "warn")
    return next((kind for kind in grave if kind in kinds), "unknown")


def moments_of(facts: SessionHistory) -> list[Moment]:
    """Returns the moments. Thirteen queries besides those for the facts."""
    session = facts.session
    later = [
        *_messages(session),
        *_build_opinion_moments(facts),
        *_stay(facts),
        *_commands(session),
        *_refunds(session),
        *_disputes(session),
        *_payout(session),
        *_complaints(session),
        *_mails(session),
        *_people(session),
    ]
    return sorted([*timeline.moments(facts), *later], key=lambda moment: moment.at)


def tickets(session: Session) -> list[Moment]:
    """Returns the tickets about the session, for agents."""
    rows = Ticket.objects.filter(session=session).order_by("id")[:_LIMIT]
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


def filter_by_source(moments: Collection[Moment], *, source: str) -> list[Moment]:
    """Returns the moments of one source; all if none is named."""
    return [moment for moment in moments if not source or moment.source == source]


def _messages(session: Session) -> Iterator[Moment]:
    """Yields the messages of its transaction, and of its card since the session before.

    Repeats in a row are one moment. Meter values are left out, because the price and the curve show them.
    """
    begin = session.opened_at - timeline.PLUGGED_IN_BEFORE
    end = (session.stopped_at or begin + _LONGEST) + _AFTER
    messages = Message.objects.filter(
        _build_message_filter(session), charger=session.charger_id, id__gte=ids.floor(begin), id__lt=ids.floor(end)
    )
    rows = messages.exclude(action="MeterValues", is_error=False).order_by("id")[:_MAX_MESSAGES]
    for _, run in islice(groupby(rows, key=_build_repeat_key), _LIMIT):
        yield _merge_repeats(list(run), session)


def _build_message_filter(session: Session) -> Q:
    """Matches messages of its transaction, and of its card.

    Those of the card name no other transaction, and lie between the end of the transaction before and its own end.
    """
    row = session.transaction
    ref = row.transaction_id if row is not None else ""
    transaction_filter = Q(transaction_ref=ref) if ref else Q(pk__in=[])
    if not session.id_token:
        return transaction_filter
    of_card = Q(uid=session.id_token, transaction_ref__in=["", ref])
    if session.evse_number is not None:
        of_card &= Q(evse_number=None) | Q(evse_number=session.evse_number)
    if session.stopped_at is not None:
        of_card &= Q(request_at__lte=session.stopped_at + _TO_REPORT)
    before = Transaction.objects.filter(charger=session.charger_id, id_token=session.id_token)
    before = before.filter(stopped_at__lte=session.started_at or session.opened_at).exclude(
        pk=session.transaction_id or 0
    )
    previous = before.order_by("-stopped_at").values_list("stopped_at", flat=True).first()
    if previous is not None:
        of_card &= Q(request_at__gt=previous)
    return transaction_filter | of_card


def _build_repeat_key(row: Message) -> tuple[str, ...]:
    """Returns what repeats of a message have in common; the start and the end of a transaction are not repeats."""
    event = _EVENT.search(row.request) if row.action == "TransactionEvent" else None
    return (row.direction, row.action, row.upstream, row.verdict, str(row.is_error), event[1] if event else "")


def _merge_repeats(run: Sequence[Message], session: Session) -> Moment:
    """Returns one moment for messages of the same kind in a row, with their number and duration."""
    first = timeline.of_message(run[0], session.charger)
    if len(run) == 1:
        return first
    until = run[-1].request_at.astimezone(ZoneInfo(session.property.time_zone))
    return replace(first, sentence=f"{first.sentence}, {len(run)} times until {until:%H:%M:%S}")


def _build_opinion_moments(facts: SessionHistory) -> Iterator[Moment]:
    """Yields what other back offices answered for the same card."""
    if facts.decision is None:
        return
    page = reverse("authorization:decision", args=[facts.decision.pk])
    for row in facts.decision.opinions.exclude(voice=Opinion.Voice.US).order_by("at")[:_LIMIT]:
        kind: Kind = "ok" if row.accepted else "warn"
        late = ", after the charger had its answer" if row.late else ""
        yield Moment(row.at, kind, f"{row.name} answered {row.status}{late}", row.get_voice_display(), "", page)


def _stay(facts: SessionHistory) -> Iterator[Moment]:
    """Yields the stay of the same card during which it was charged."""
    session, token = facts.session, facts.decision.token if facts.decision else None
    if token is None or session.started_at is None:
        return
    rows = Stay.objects.filter(token=token, property=session.property_id, cancelled_at=None)
    row = rows.filter(arrives_at__lte=session.started_at, departs_at__gt=session.started_at).first()
    if row is not None:
        until = row.departs_at.astimezone(ZoneInfo(session.property.time_zone))
        detail = ", ".join(filter(None, (f"until {until:%-d %b %Y, %H:%M}", row.reference)))
        yield Moment(row.arrives_at, "unknown", "The stay began", "Stay", detail, reverse("authorization:stays"))


def _disputes(session: Session) -> Iterator[Moment]:
    for row in Dispute.objects.filter(hold__session=session).order_by("id")[:_LIMIT]:
        amount = money.text(row.amount_minor, currency=row.currency)
        yield Moment(row.opened_at, "bad", f"The cardholder contested {amount}", "Dispute", row.reason_text)
        if row.closed_at is not None:
            kind: Kind = "ok" if row.state == Dispute.State.WON else "bad"
            yield Moment(row.closed_at, kind, f"The dispute: {row.get_state_display()}", "Dispute")


def _payout(session: Session) -> Iterator[Moment]:
    """Yields the payout with the session's earnings, and how far it has come."""
    row = bridge.payout_of(session.pk)
    if row is None:
        return
    page = reverse("billing:payout", args=[row.pk])
    steps: tuple[tuple[datetime | None, Kind, str], ...] = (
        (row.calculated_at, "busy", f"It is in payout {row.label}"),
        (row.submitted_at, "busy", f"Payout {row.label} was sent"),
        (row.paid_at, "ok", f"Payout {row.label} was paid"),
        (row.failed_at, "bad", f"Payout {row.label} failed"),
    )
    for at, kind, sentence in steps:
        if at is not None:
            yield Moment(at, kind, sentence, "Payout", "", page)


def _commands(session: Session) -> Iterator[Moment]:
    """Yields the starts and stops sent for it, until a little after its end."""
    if not session.id_token:
        return
    rows = Command.objects.filter(charger=session.charger_id, id_token=session.id_token)
    rows = rows.filter(created_at__gte=session.opened_at - timeline.PLUGGED_IN_BEFORE)
    if session.settled_at is not None:
        rows = rows.filter(created_at__lte=session.settled_at)
    for row in rows.order_by("created_at")[:_LIMIT]:
        kind: Kind = "ok" if row.state == "accepted" else "warn"
        page = reverse("chargers:command", args=[session.charger.charger_id, row.pk])
        sentence = f"{wording.command_title(row)}: {row.get_state_display()}"
        yield Moment(row.created_at, kind, sentence, "Command", audit.name(row.origin), page)


def _refunds(session: Session) -> Iterator[Moment]:
    for row in Refund.objects.filter(receipt__session=session).order_by("id")[:_LIMIT]:
        amount = money.text(row.total_minor, currency=row.currency)
        asked_by = audit.name(row.asked_by)
        yield Moment(row.created_at, "busy", f"A refund of {amount} was asked for", "Refund", asked_by)
        if row.finished_at is not None:
            kind: Kind = "ok" if row.state == Refund.State.DONE else "warn"
            yield Moment(row.finished_at, kind, f"Refund of {amount}: {row.get_state_display()}", "Refund")


def _complaints(session: Session) -> Iterator[Moment]:
    for row in Complaint.objects.filter(receipt__session=session).order_by("id")[:_LIMIT]:
        yield Moment(row.asked_at, "warn", f"The guest complained: {row.get_about_display()}", "Complaint", row.text)
        if row.answered_at is not None:
            yield Moment(row.answered_at, "ok", "The complaint was answered", "Complaint", row.answer)


def _mails(session: Session) -> Iterator[Moment]:
    rows = OutgoingMail.objects.filter(receipt__session=session) | OutgoingMail.objects.filter(session=session)
    for row in rows.select_related("receipt").order_by("id")[:_LIMIT]:
        kind: Kind = row.level  # type: ignore[assignment]
        mail_title = row.receipt.label if row.receipt else row.subject
        sentence = f"E-mail {mail_title}: {row.outcome.lower()}"
        yield Moment(row.sent_at or row.asked_at, kind, sentence, "E-mail", contacts.mask_address(row.address))


def _people(session: Session) -> Iterator[Moment]:
    rows = AuditEntry.objects.filter(subject_type="session", subject_id=str(session.pk))
    for row in rows.order_by("at")[:_LIMIT]:
        action = row.verb.partition(".")[2].replace("_", " ") or row.verb
        yield Moment(row.at, "unknown", f"{audit.name(row.actor)}: {action}", "People", row.reason)
