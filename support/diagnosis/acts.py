"""Acts for answering a question about a charger's lights or beeps, for guests, hosts' people and agents."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import Session
from chargers.models import Charger
from support.diagnosis import answers, presentation
from support.diagnosis.signs import SignReply
from support.models import Conversation, SignAnswer, Ticket

Place = SignAnswer.Place


class NotAskedError(Exception):
    """The question no longer decides anything: the charger came back, or other facts have become known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """An answer: its question, its subject, and where it was given. The charger comes with its property's host."""

    charger: Charger
    question: str
    seen: SignReply
    asked_in: SignAnswer.Place
    session: Session | None = None
    ticket: Ticket | None = None
    conversation: Conversation | None = None


def answer(submission: GivenAnswer, *, by: User | ApiKey, now: datetime) -> SignAnswer:
    """Stores the answer, which replaces an earlier one. Raises NotAllowedError and NotAskedError."""
    charger = submission.charger
    access.require_at(by, Right.OPERATE, charger)
    with transaction.atomic():
        row = _row(submission, now=now)
        row.by = audit.actor(by)
        answers.keep(row, now=now)
        subject = audit.Subject("charger", charger.lasting_id(), charger.station_id, charger.property.host)
        after = {"question": row.question, "answer": row.answer}
        audit.write("charger.sign_answered", subject, user=by, now=now, after=after)
    return row


def answer_as_guest(submission: GivenAnswer, *, now: datetime) -> bool:
    """Stores a guest's answer. Returns False if the question was answered already, or is no longer asked."""
    with transaction.atomic():
        # One answer at a time, so that a second tap finds the first.
        Charger.objects.select_for_update().get(pk=submission.charger.pk)
        try:
            row = _row(submission, now=now)
        except NotAskedError:
            return False
        if SignAnswer.objects.filter(charger=row.charger, basis=row.basis).exists():
            return False
        answers.keep(row, now=now)
    return True


def _row(submission: GivenAnswer, *, now: datetime) -> SignAnswer:
    basis = presentation.state_of(submission.charger, submission.session, submission.question, now=now)
    if not basis:
        raise NotAskedError("This question decides nothing any more: look at how the charger is now.")
    return SignAnswer(
        charger=submission.charger,
        session=submission.session,
        conversation=submission.conversation,
        ticket=submission.ticket,
        question=submission.question,
        basis=basis,
        answer=submission.seen.value,
        place=submission.asked_in,
    )
