"""What people do in a conversation with the assistant: begin it, answer, press a button, be handed over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from billing.acts import receipts
from billing.documents import outbox
from support.acts import requests
from support.assistant import dialogue, model_choice, record
from support.assistant.dialogue import Event, Findings, Given, Line, Stage, Words
from support.assistant.record import NewConversation
from support.models import Conversation, Ticket
from support.tickets import conversation
from support.tickets.attachments import File
from support.tickets.lifecycle import Facts, NewTicket
from support.topics import catalogue
from support.topics.catalogue import Asker
from support.topics.details import Detail

_ENDED: Final = frozenset({Stage.HANDED_OVER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What is known now: facts with the details that follow from them, and what was found for the topic."""

    facts: Facts
    known: dict[Detail, str]
    findings: Findings


Look = Callable[[Conversation, int], Looked]
"""Looks up what the person may see of a topic."""


def begin(new: NewConversation, *, now: datetime) -> Conversation:
    """An empty conversation, which belongs to whoever holds its link, or to its user."""
    return record.begin(new, now=now)


def answer(
    row: Conversation,
    event: Event,
    *,
    wording: str,
    look: Look,
    files: Sequence[File] = (),
    language: str = "",
    now: datetime,
) -> Conversation:
    """The person's turn and the assistant's. `wording`: the person's turn in words, for the transcript.

    An ended conversation takes nothing more; so does one that is longer than any that leads somewhere.
    """
    chosen = _chosen(row, event)
    with transaction.atomic():
        locked = Conversation.objects.select_for_update().get(pk=row.pk)
        if record.state(locked).stage in _ENDED or locked.turns.count() >= record.MOST_TURNS:
            return locked
        locked.language = language or locked.language
        record.note(locked, wording, now=now)
        if isinstance(event, Words):
            event = Words(event.text, chosen)
        if isinstance(event, Given):
            locked.given = {**locked.given, **event.details}
            locked.email = event.address.lower() or locked.email
        state = dialogue.understood(record.state(locked), event, asker=Asker(locked.asker))
        looked = look(locked, state.topic)
        turn = dialogue.turn(state, event, looked.findings, asker=Asker(locked.asker))
        record.store(locked, turn.state, turn.lines, looked.facts, now=now)
        if turn.state.stage is Stage.HANDED_OVER:
            _hand_over(locked, looked, files=files, now=now)
    return locked


def send_receipt_again(row: Conversation, *, now: datetime) -> bool:
    """The receipts of the session go to the address that it has; False where there is no proof, address or receipt."""
    session = row.session
    if session is None or row.proof != Ticket.Proof.LINK or not (address := outbox.address_of(session)):
        return False
    if not receipts.leave_address(session, address=address, language=row.language, now=now):
        return False
    with transaction.atomic():
        locked = Conversation.objects.select_for_update().get(pk=row.pk)
        line = Line(dialogue.RECEIPT_SENT)
        record.store(locked, record.state(locked), (line,), record.facts(locked), now=now)
    return True


def _chosen(row: Conversation, event: Event) -> int:
    """The optional model's choice, asked before any row is locked."""
    if not isinstance(event, Words) or record.state(row).topic:
        return 0
    return model_choice.choose(event.text, topics=[one.number for one in catalogue.of_asker(Asker(row.asker))])


def _hand_over(row: Conversation, looked: Looked, *, files: Sequence[File], now: datetime) -> None:
    """A ticket with the topic, the details and the transcript."""
    topic = catalogue.TOPICS.get(row.topic or 0)
    given = {Detail(code): value for code, value in row.given.items()}
    new = NewTicket(
        topic=row.topic,
        text=record.words(row) or (topic.title if topic else "The person asked for a person."),
        asker=Asker(row.asker),
        origin=Ticket.Origin.ASSISTANT,
        email=row.email,
        language=row.language,
        user=row.user,
        facts=looked.facts,
        known={code: value for code, value in looked.known.items() if code not in given},
        given=given,
    )
    row.ticket = requests.open_ticket(new, files=files, now=now)
    row.outcome = Conversation.Outcome.TICKET
    row.save(update_fields=["ticket", "outcome"])
    conversation.add_system(row.ticket, record.transcript(row), now=now)
