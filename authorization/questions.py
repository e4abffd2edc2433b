"""Questions to mobility providers as rows: opened by whoever needs the answer, asked by a worker, read by all who wait.

Every move is a conditional update, so that each happens once whoever comes twice. Nothing here asks the network.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings

from authorization import breaker, issuers
from authorization.facts import IssuerState, LiveValidation
from authorization.models import IssuerQuestion, MobilityProvider, Token
from chargers import ids, secrets
from chargers.models import Charger, Evse

State = IssuerQuestion.State
GRACE: Final = timedelta(seconds=1)
"""How much longer than the provider may take whoever waits for it waits."""
_UNUSED_FOR: Final = timedelta(seconds=60)
_LONGEST_TEXT: Final = 500
_STATES: Final = {
    State.ANSWERED: IssuerState.ANSWERED,
    State.TIMED_OUT: IssuerState.TIMED_OUT,
    State.NO_ANSWER: IssuerState.NO_ANSWER,
    State.NOT_ASKED: IssuerState.NOT_ASKED,
}
_NOBODY_FREE: Final = "none of our workers was free to ask it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Whose card was presented where. `msp` is the provider's key, such as NL-EMS."""

    charger: Charger
    canonical_uid: str
    msp: str
    evse_number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The question to wait for, and whether it is new: then a worker has to be told."""

    question: IssuerQuestion
    is_new: bool

    @property
    def wait_until(self) -> datetime:
        return self.question.deadline + GRACE


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker is to ask. `timeout_s` is what is left until the deadline."""

    endpoint: issuers.Endpoint
    question: issuers.Question
    timeout_s: float


def open_(card: Card, *, now: datetime) -> Opened:
    """The question about this card here: one that is open, one whose answer nobody used, or a new one.

    Raises LookupError if the card is gone. Three statements.
    """
    token = _token(card)
    if (known := _known(card, now=now)) is not None:
        return Opened(question=known, is_new=False)
    assert token.msp is not None
    timeout_s = token.msp.authorize_timeout_s or settings.LIVE_VALIDATION_TIMEOUT_S
    question = IssuerQuestion(
        id=ids.new(now=now),
        msp=token.msp,
        charger=card.charger,
        token=token,
        uid=token.uid,
        canonical_uid=card.canonical_uid,
        evse_number=card.evse_number,
        asked_at=now,
        deadline=now + timedelta(seconds=timeout_s),
    )
    IssuerQuestion.objects.bulk_create([question], ignore_conflicts=True)
    stored = IssuerQuestion.objects.get(
        charger=card.charger, canonical_uid=card.canonical_uid, state=State.OPEN, is_probe=False
    )
    return Opened(question=stored, is_new=stored.pk == question.pk)


def asked_by(question_id: uuid.UUID, *, message_id: str) -> None:
    """Notes which of the charger's messages waits for it."""
    IssuerQuestion.objects.filter(pk=question_id).update(message_id=message_id[:255].replace("\x00", "\ufffd"))


def open_probe(provider: MobilityProvider, *, now: datetime) -> IssuerQuestion | None:
    """The newest question that was not answered, once more and for nobody; None if there is none."""
    last = IssuerQuestion.objects.filter(msp=provider, state__in=breaker.FAILURES).order_by("-id").first()
    if last is None:
        return None
    timeout_s = provider.authorize_timeout_s or settings.LIVE_VALIDATION_TIMEOUT_S
    last.pk, last.is_probe, last.state, last._state.adding = ids.new(now=now), True, State.OPEN, True
    last.asked_at, last.deadline = now, now + timedelta(seconds=timeout_s)
    last.begun_at = last.ended_at = last.took_ms = last.used_at = None
    last.message = last.message_id = ""
    last.save()
    return last


def begin(question_id: uuid.UUID, *, now: datetime) -> Job | None:
    """Takes an open question for asking; None if it is over, too late or taken already."""
    fresh = IssuerQuestion.objects.filter(pk=question_id, state=State.OPEN, begun_at=None, deadline__gt=now)
    if not fresh.update(begun_at=now):
        return None
    row = IssuerQuestion.objects.select_related("msp", "token", "charger__property__host").get(pk=question_id)
    return Job(
        endpoint=endpoint(row.msp, row.charger),
        question=asked(row.token, row.charger, uid=row.uid, evse_number=row.evse_number),
        timeout_s=(row.deadline - now).total_seconds(),
    )


def job(card: Card) -> Job:
    """The same for somebody who asks by hand, without a row. Raises LookupError, UnreadableSecretError."""
    token = _token(card)
    assert token.msp is not None
    return Job(
        endpoint=endpoint(token.msp, card.charger),
        question=asked(token, card.charger, uid=token.uid, evse_number=card.evse_number),
        timeout_s=token.msp.authorize_timeout_s or settings.LIVE_VALIDATION_TIMEOUT_S,
    )


def endpoint(provider: MobilityProvider, charger: Charger) -> issuers.Endpoint:
    """Where and as whom the provider is asked. Raises UnreadableSecretError."""
    host = charger.property.host
    sender = None
    if host.ocpi_party_id:
        sender = issuers.Party(country_code=host.ocpi_country_code, party_id=host.ocpi_party_id)
    return issuers.Endpoint(
        url=provider.authorize_url,
        token=secrets.decrypt(provider.authorize_token_encrypted),
        to=issuers.Party(country_code=provider.country_code, party_id=provider.party_id),
        sender=sender,
    )


def asked(token: Token | None, charger: Charger, *, uid: str, evse_number: int | None) -> issuers.Question:
    """The card and the place, as OCPI names them: the property is the Location, its slug the Location's id."""
    evse_uid = ""
    if evse_number is not None and Evse.objects.filter(charger=charger, number=evse_number).exists():
        evse_uid = f"{charger.charger_id}-{evse_number}"
    return issuers.Question(
        uid=uid, type=token.type if token else "RFID", location_id=charger.property.slug[:36], evse_uid=evse_uid
    )


def answer(question_id: uuid.UUID, said: issuers.AuthorizationInfo, *, took_ms: int, now: datetime) -> None:
    """The provider answered. An answer that comes too late for its driver closes the breaker all the same."""
    changes = {"word": said.word, "message": said.message, "reference": said.reference}
    _end(question_id, State.ANSWERED, now=now, took_ms=took_ms, **changes)


def no_answer(question_id: uuid.UUID, cause: str, *, timed_out: bool, took_ms: int, now: datetime) -> None:
    """Nothing usable came. `cause` goes on after the provider's name."""
    state = State.TIMED_OUT if timed_out else State.NO_ANSWER
    _end(question_id, state, now=now, took_ms=took_ms, message=cause)


def conclude(question_id: uuid.UUID, *, now: datetime) -> LiveValidation:
    """What whoever waited decides with; a question that is still open is over now."""
    row = IssuerQuestion.objects.select_for_update().get(pk=question_id)
    if row.state == State.OPEN:
        _give_up(row, now=now)
    if row.used_at is None:
        row.used_at = now
    row.save(update_fields=["state", "ended_at", "took_ms", "message", "used_at"])
    return live(row)


def live(row: IssuerQuestion) -> LiveValidation:
    """The row as the engine's fact."""
    return LiveValidation(
        state=_STATES[State(row.state)],
        word=row.word,
        message=row.message,
        reference=row.reference,
        took_ms=row.took_ms or 0,
        timeout_s=round((row.deadline - row.asked_at).total_seconds()),
    )


def ended(question_ids: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """Those of the questions that have an answer, or never will."""
    over = IssuerQuestion.objects.filter(pk__in=question_ids).exclude(state=State.OPEN)
    return list(over.values_list("pk", flat=True))


def not_begun(*, now: datetime) -> list[uuid.UUID]:
    """Open questions that no worker took although a moment has passed."""
    waiting = IssuerQuestion.objects.filter(state=State.OPEN, begun_at=None, deadline__gt=now)
    return list(waiting.filter(asked_at__lt=now - 2 * GRACE).values_list("pk", flat=True))


def give_up_overdue(*, now: datetime) -> int:
    """Ends questions whose gateway or worker is gone."""
    overdue = IssuerQuestion.objects.filter(state=State.OPEN, deadline__lt=now - 2 * GRACE)
    rows = list(overdue.select_for_update(skip_locked=True))
    for row in rows:
        _give_up(row, now=now)
        row.save(update_fields=["state", "ended_at", "took_ms", "message"])
    return len(rows)


def prune(*, before: datetime) -> int:
    """Forgets old questions: they name cards. The decisions keep their own traces."""
    return IssuerQuestion.objects.filter(id__lt=ids.floor(before)).delete()[0]


def _known(card: Card, *, now: datetime) -> IssuerQuestion | None:
    """An open question, or an answered one whose asker died with its gateway before it was used."""
    mine = IssuerQuestion.objects.filter(charger=card.charger, canonical_uid=card.canonical_uid, is_probe=False)
    newest = mine.filter(id__gte=ids.floor(now - _UNUSED_FOR)).order_by("-id").first()
    if newest is None:
        return None
    if newest.state == State.OPEN and newest.deadline > now:
        return newest
    if newest.state == State.OPEN:
        _give_up(newest, now=now)
        newest.save(update_fields=["state", "ended_at", "took_ms", "message"])
    return newest if newest.state == State.ANSWERED and newest.used_at is None else None


def _token(card: Card) -> Token:
    country_code, _, party_id = card.msp.partition("-")
    token = (
        Token.objects.select_related("msp")
        .filter(canonical_uid=card.canonical_uid, msp__country_code=country_code, msp__party_id=party_id)
        .first()
    )
    if token is None:
        raise LookupError(f"{card.msp} has no card {card.canonical_uid}.")
    return token


def _give_up(row: IssuerQuestion, *, now: datetime) -> None:
    row.ended_at = now
    if row.begun_at is None:
        row.state, row.message = State.NOT_ASKED, _NOBODY_FREE
    else:
        row.state, row.took_ms = State.TIMED_OUT, _ms(now - row.begun_at)


def _end(question_id: uuid.UUID, state: State, *, now: datetime, message: str = "", **changes: Any) -> None:
    still_open = IssuerQuestion.objects.filter(pk=question_id, state=State.OPEN)
    still_open.update(state=state, ended_at=now, message=message[:_LONGEST_TEXT], **changes)
    provider = MobilityProvider.objects.filter(questions=question_id).first()
    if provider is not None:
        breaker.heard(provider, answered=state == State.ANSWERED, now=now)


def _ms(span: timedelta) -> int:
    return max(span // timedelta(milliseconds=1), 0)
