"""Answering a question about a charger's lights or beeps: by guests, by a host's people, by agents."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import Session
from chargers.models import Charger
from support.diagnosis import answers, shown
from support.diagnosis.signs import Seen
from support.models import Conversation, SignAnswer, Ticket

Place = SignAnswer.Place


class NotAskedError(Exception):
    """The question decides nothing now: the charger came back, or something else has become known."""


def answer(
    charger: Charger,
    session: Session | None,
    code: str,
    seen: Seen,
    *,
    place: Place,
    ticket: Ticket | None = None,
    by: User | ApiKey,
    now: datetime,
) -> SignAnswer:
    """It counts from now on, also instead of an earlier answer. Raises NotAllowedError and NotAskedError."""
    access.require_at(by, Right.OPERATE, charger)
    with transaction.atomic():
        Charger.objects.select_for_update().get(pk=charger.pk)
        row = _row(charger, session, code, seen, place=place, now=now)
        row.by, row.ticket = audit.actor(by), ticket
        answers.keep(row, now=now)
        subject = audit.Subject("charger", charger.charger_id, charger.station_id, charger.property.host)
        audit.write("charger.sign_answered", subject, user=by, now=now, after={"question": code, "answer": seen.value})
    return row


def answer_as_guest(
    charger: Charger,
    session: Session | None,
    code: str,
    seen: Seen,
    *,
    place: Place,
    conversation: Conversation | None = None,
    now: datetime,
) -> bool:
    """False where it was answered already, or is not asked any more."""
    with transaction.atomic():
        Charger.objects.select_for_update().get(pk=charger.pk)
        try:
            row = _row(charger, session, code, seen, place=place, now=now)
        except NotAskedError:
            return False
        if SignAnswer.objects.filter(charger=charger, basis=row.basis).exists():
            return False
        row.conversation = conversation
        answers.keep(row, now=now)
    return True


def _row(
    charger: Charger, session: Session | None, code: str, seen: Seen, *, place: Place, now: datetime
) -> SignAnswer:
    basis = shown.state_of(charger, session, code, now=now)
    if not basis:
        raise NotAskedError("This question decides nothing any more: look at how the charger is now.")
    return SignAnswer(
        charger=charger, session=session, question=code, basis=basis, answer=seen.value, place=place, by=""
    )
