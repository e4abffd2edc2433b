"""Acts in a conversation with the assistant: begin, answer, press a button, hand over to an agent."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import translation

from billing.sessions.documents import outbox
from billing.sessions.lifecycle import acts as receipt_acts
from billing.sessions.offers import acts as offer_acts
from billing.sessions.offers.offers import OfferError
from support.assistant import aspects, dialogue, mentioned_details, model_choice, record
from support.assistant.dialogue import ButtonPress, ChosenTopic, Event, GivenDetails, Line, Stage, Utterance
from support.assistant.lookup_result import LookUp, LookupResult
from support.assistant.record import NewConversation
from support.diagnosis import acts as signs
from support.diagnosis.acts import NotAskedError
from support.diagnosis.signs import ANY_LIGHT, SignReply
from support.models import Conversation, SignAnswer, Ticket
from support.requests.acts import requests
from support.tickets import conversation
from support.tickets.attachments import File
from support.tickets.lifecycle import NewTicket
from support.topics import catalogue
from support.topics.details import Detail
from support.topics.topic import Asker

_SEEN: Final = {ButtonPress.YES: SignReply.YES, ButtonPress.NO: SignReply.NO, ButtonPress.UNSEEN: SignReply.UNKNOWN}
_ENDED: Final = frozenset({Stage.HANDED_OVER})
_ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CHANGE_OF_ADDRESS: Final = 7
_MAY_SEND: Final = frozenset({Ticket.Proof.LINK, Ticket.Proof.CARD})


class StaleError(Exception):
    """This turn was answered already, by another person or in another tab."""


def begin(new: NewConversation, *, now: datetime) -> Conversation:
    """Creates an empty conversation, which belongs to the holder of its link, or to its user."""
    return record.begin(new, now=now)


def answer(
    row: Conversation,
    event: Event,
    *,
    wording: str,
    look_up: LookUp,
    files: Sequence[File] = (),
    language: str = "",
    turn_number: int | None = None,
    now: datetime,
) -> Conversation:
    """Stores the person's turn and the assistant's. `wording` is the person's turn as text, for the transcript.

    `turn_number`: the number of the turn that the person answers; None: the newest. Raises StaleError. An ended
    conversation accepts no more turns, and neither does one with more turns than any useful conversation.
    """
    topic_number = _choose_topic(row, event)
    with transaction.atomic():
        locked = Conversation.objects.select_for_update().get(pk=row.pk)
        if record.state(locked).stage in _ENDED or locked.turns.count() >= record.MAX_TURNS:
            return locked
        if turn_number is not None and turn_number != record.newest(locked):
            raise StaleError
        locked.language = language or locked.language
        record.note(locked, wording, now=now)
        if isinstance(event, Utterance):
            event = Utterance(event.text, topic_number)
        _note_sign(locked, event, now=now)
        state = dialogue.resolve_topic(record.state(locked), event, asker=Asker(locked.asker))
        if isinstance(event, GivenDetails):
            _store_details(locked, event, topic=state.topic)
        elif isinstance(event, Utterance | ChosenTopic):
            event = replace(event, noted=_store_heard_details(locked, state.topic, now=now))
        looked = look_up(locked, state.topic, state.aspect)
        turn = dialogue.next_turn(state, event, looked.findings, asker=Asker(locked.asker))
        record.store(locked, turn.state, turn.lines, looked.facts, now=now)
        if turn.state.stage is Stage.HANDED_OVER:
            _hand_over(locked, looked, files=files, now=now)
    return locked


def send_receipt_again(row: Conversation, *, now: datetime) -> bool:
    """Sends the session's receipts to its stored address. Returns False without proof, address or receipt.

    A person who proved the session by time and card may not change it, not even the language of its mails.
    """
    session = row.session
    if session is None or row.proof not in _MAY_SEND or not (address := outbox.address_of(session)):
        return False
    language = row.language if row.proof == Ticket.Proof.LINK else outbox.language_of(session)
    if not receipt_acts.leave_address(session, address=address, language=language, now=now):
        return False
    note(row, Line(dialogue.RECEIPT_SENT), now=now)
    return True


def note(row: Conversation, line: Line, *, now: datetime) -> None:
    """Notes in the conversation what a button did for the person."""
    with transaction.atomic():
        locked = Conversation.objects.select_for_update().get(pk=row.pk)
        record.store(locked, record.state(locked), (line,), record.facts(locked), now=now)


def take_offer(row: Conversation, *, now: datetime) -> None:
    """Accepts the offered refund; only for the holder of the session's own link. Calls the card processor."""
    if row.session is None or row.proof != Ticket.Proof.LINK:
        return
    try:
        offer_acts.accept(row.session, now=now)
    except OfferError:
        note(row, Line(dialogue.NOT_TAKEN_BACK), now=now)
    else:
        note(row, Line(dialogue.TAKEN_BACK), now=now)


def _store_details(row: Conversation, submission: GivenDetails, *, topic: int) -> None:
    """Stores the details. Replies go to an account's address, unless the request is to change that address."""
    row.given = {**row.given, **submission.details}
    account = submission.details.get(Detail.ACCOUNT_EMAIL, "")
    is_reached = bool(_ADDRESS.fullmatch(account)) and topic != _CHANGE_OF_ADDRESS
    row.email = submission.address.lower() or row.email or (account.lower() if is_reached else "")


def _note_sign(row: Conversation, event: Event, *, now: datetime) -> None:
    """Stores what the person sees at the charger, if it was asked or written, before anything is looked up."""
    state = record.state(row)
    question, sighting = state.sign, _SEEN.get(event) if isinstance(event, ButtonPress) else None
    if isinstance(event, Utterance) and aspects.is_dark(event.text):
        question, sighting = ANY_LIGHT, SignReply.NO
    elif state.stage is not Stage.SIGN:
        return
    if sighting is None or row.charger is None:
        return
    sign_answer = signs.GivenAnswer(
        charger=row.charger,
        session=row.session if row.proof else None,
        question=question,
        seen=sighting,
        asked_in=SignAnswer.Place.ASSISTANT,
        conversation=row,
    )
    if row.asker == Asker.HOST and row.user is not None:
        with suppress(NotAskedError):
            signs.answer(sign_answer, by=row.user, now=now)
    else:
        signs.answer_as_guest(sign_answer, now=now)


def _store_heard_details(row: Conversation, topic: int, *, now: datetime) -> str:
    """Takes the details in the person's words as given; returns the text that confirms them."""
    details = mentioned_details.of_topic(
        mentioned_details.read_mentions(row, record.join_person_texts(row), now=now), topic, row=row
    )
    if not details:
        return ""
    _store_details(row, GivenDetails(details), topic=topic)
    with translation.override(row.language):
        return mentioned_details.render(details, zone=row.property.time_zone if row.property else "")


def _choose_topic(row: Conversation, event: Event) -> int:
    """Returns the optional model's choice. Called before any row is locked."""
    if not isinstance(event, Utterance) or record.state(row).topic:
        return 0
    return model_choice.choose(event.text, topics=[topic.number for topic in catalogue.for_asker(Asker(row.asker))])


def _hand_over(row: Conversation, looked: LookupResult, *, files: Sequence[File], now: datetime) -> None:
    """Opens a ticket with the topic, the details and the transcript."""
    topic = catalogue.TOPICS.get(row.topic or 0)
    answers = {Detail(code): value for code, value in row.given.items()}
    new = NewTicket(
        topic=row.topic,
        text=record.join_person_texts(row) or (topic.title if topic else "The person asked for a person."),
        asker=Asker(row.asker),
        origin=Ticket.Origin.ASSISTANT,
        email=row.email,
        language=row.language,
        user=row.user,
        facts=looked.facts,
        known_details={code: value for code, value in looked.details.items() if code not in answers},
        given=answers,
    )
    row.ticket = requests.open_ticket(new, files=files, now=now)
    row.outcome = Conversation.Outcome.TICKET
    row.save(update_fields=["ticket", "outcome"])
    conversation.add_system(row.ticket, record.transcript(row), now=now)
