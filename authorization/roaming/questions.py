"""Questions to mobility providers as rows: opened by who needs the answer, asked by a worker, read by all who wait.

Every state change is a conditional update, so that it happens once. No function here uses the network.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection

from authorization.decide.facts import IssuerState, LiveValidation
from authorization.models import IssuerQuestion, MobilityProvider, Token
from authorization.roaming import breaker, ocpi_ids, realtime
from authorization.roaming.transport.routing import Party
from chargers.lib import ids, secrets
from chargers.models import Charger, Evse

State = IssuerQuestion.State
GRACE: Final = timedelta(seconds=1)
"""How much longer than the provider's timeout a caller waits."""
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
    """A card and the charger where it was presented. `msp` is the provider's key, such as NL-EMS."""

    charger: Charger
    canonical_uid: str
    msp: str
    evse_number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedQuestion:
    """The question to wait for, and whether it is new, in which case a worker must be notified."""

    question_id: uuid.UUID
    wait_until: datetime
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A question for a worker to ask. `timeout_s` is the time left until the deadline."""

    endpoint: realtime.Endpoint
    question: realtime.Question
    timeout_s: float


def open_(card: Card, *, message_id: str, now: datetime) -> OpenedQuestion:
    """Returns the question about this token here: an open one, an unused answer, or a new one.

    A single statement, since all drivers share one writer connection. Raises LookupError if the token is gone.
    """
    country_code, _, party_id = card.msp.partition("-")
    values: dict[str, int | str | datetime | uuid.UUID | None] = {
        "id": ids.generate(now=now),
        "charger": card.charger.pk,
        "uid": card.canonical_uid,
        "country_code": country_code,
        "party_id": party_id,
        "evse_number": card.evse_number,
        "message_id": message_id[:255].replace("\x00", "\ufffd"),
        "now": now,
        "usual_timeout_s": settings.LIVE_VALIDATION_TIMEOUT_S,
        "unused_since": ids.floor(now - _UNUSED_FOR),
    }
    for _attempt in range(2):
        with connection.cursor() as cursor:
            cursor.execute(_OPEN, values)
            row = cursor.fetchone()
        if row is not None:
            return OpenedQuestion(question_id=row[0], wait_until=row[1] + GRACE, is_new=row[2])
        # A question whose gateway died is still open after its deadline; or another process was faster.
        _end_overdue(card, now=now)
    raise LookupError(f"{card.msp} has no card {card.canonical_uid}.")


_OPEN: Final = """
    WITH card AS (
        SELECT t.id, t.uid, t.msp_id, COALESCE(m.authorize_timeout_s, %(usual_timeout_s)s) AS timeout_s
        FROM authorization_token t JOIN authorization_mobilityprovider m ON m.id = t.msp_id
        WHERE t.canonical_uid = %(uid)s AND m.country_code = %(country_code)s AND m.party_id = %(party_id)s
    ), known AS (
        SELECT q.id, q.deadline FROM authorization_issuerquestion q
        WHERE q.charger_id = %(charger)s AND q.canonical_uid = %(uid)s AND NOT q.is_probe
          AND q.id >= %(unused_since)s
          AND (q.state = 'open' AND q.deadline > %(now)s OR q.state = 'answered' AND q.used_at IS NULL)
        ORDER BY q.id DESC LIMIT 1
    ), made AS (
        INSERT INTO authorization_issuerquestion (id, msp_id, charger_id, token_id, uid, canonical_uid, evse_number,
            message_id, is_probe, asked_at, deadline, state, word, message, reference)
        SELECT %(id)s, msp_id, %(charger)s, id, uid, %(uid)s, %(evse_number)s,
            %(message_id)s, false, %(now)s, %(now)s + timeout_s * interval '1 second', 'open', '', '', ''
        FROM card WHERE NOT EXISTS (SELECT FROM known) ON CONFLICT DO NOTHING RETURNING id, deadline
    )
    SELECT id, deadline, false FROM known UNION ALL SELECT id, deadline, true FROM made
"""


def open_probe(provider: MobilityProvider, *, now: datetime) -> IssuerQuestion | None:
    """Returns a probe that repeats the newest unanswered question; None without one."""
    last = IssuerQuestion.objects.filter(msp=provider, state__in=breaker.FAILURES).order_by("-id").first()
    if last is None:
        return None
    timeout_s = provider.authorize_timeout_s or settings.LIVE_VALIDATION_TIMEOUT_S
    last.pk, last.is_probe, last.state, last._state.adding = ids.generate(now=now), True, State.OPEN, True
    last.asked_at, last.deadline = now, now + timedelta(seconds=timeout_s)
    last.begun_at = last.ended_at = last.took_ms = last.used_at = None
    last.message = last.message_id = ""
    last.save()
    return last


def begin(question_id: uuid.UUID, *, now: datetime) -> Job | None:
    """Claims an open question for asking. Returns None if it is over, too late or claimed already. One statement.

    Raises UnreadableSecretError.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, {"id": question_id, "now": now})
        row = cursor.fetchone()
    if row is None:
        return None
    url, token, is_plain, country_code, party_id, host_country_code, host_party_id, *question_values = row
    uid, kind, slug, evse_uid, deadline = question_values
    return Job(
        endpoint=realtime.Endpoint(
            url=url,
            token=secrets.decrypt(token),
            to=Party(country_code=country_code, party_id=party_id),
            sender=_party(host_country_code, host_party_id),
            is_encoded=not is_plain,
        ),
        question=realtime.Question(
            uid=uid, type=kind, location_id=ocpi_ids.location_id(slug), evse_uid=ocpi_ids.shorten(evse_uid or "")
        ),
        timeout_s=(deadline - now).total_seconds(),
    )


_BEGIN: Final = """
    UPDATE authorization_issuerquestion q SET begun_at = %(now)s
    FROM authorization_mobilityprovider m, chargers_charger c, chargers_property p, chargers_host h
    WHERE q.id = %(id)s AND q.state = 'open' AND q.begun_at IS NULL AND q.deadline > %(now)s
      AND m.id = q.msp_id AND c.id = q.charger_id AND p.id = c.property_id AND h.id = p.host_id
    RETURNING m.authorize_url, m.authorize_token_encrypted, m.authorize_token_plain, m.country_code, m.party_id,
        h.ocpi_country_code, h.ocpi_party_id, q.uid,
        COALESCE((SELECT t.type FROM authorization_token t WHERE t.id = q.token_id), 'RFID'), p.slug,
        (SELECT c.charger_id || '-' || e.number FROM chargers_evse e
         WHERE e.charger_id = c.id AND e.number = q.evse_number), q.deadline
"""


def job(card: Card) -> Job:
    """Returns the job for a question asked by hand, without a row. Raises LookupError, UnreadableSecretError."""
    token = _token(card)
    assert token.msp is not None
    return Job(
        endpoint=endpoint(token.msp, card.charger),
        question=question_of(token, card.charger, uid=token.uid, evse_number=card.evse_number),
        timeout_s=token.msp.authorize_timeout_s or settings.LIVE_VALIDATION_TIMEOUT_S,
    )


def endpoint(provider: MobilityProvider, charger: Charger) -> realtime.Endpoint:
    """Returns where, and with which credentials, the provider is asked. Raises UnreadableSecretError."""
    host = charger.property.host
    return realtime.Endpoint(
        url=provider.authorize_url,
        token=secrets.decrypt(provider.authorize_token_encrypted),
        to=Party(country_code=provider.country_code, party_id=provider.party_id),
        sender=_party(host.ocpi_country_code, host.ocpi_party_id),
        is_encoded=not provider.authorize_token_plain,
    )


def _party(country_code: str, party_id: str) -> Party | None:
    return Party(country_code=country_code, party_id=party_id) if party_id else None


def question_of(token: Token | None, charger: Charger, *, uid: str, evse_number: int | None) -> realtime.Question:
    """Returns the card and the place in OCPI's terms: the property is the Location, its slug the Location's id."""
    evse_uid = ""
    if evse_number is not None and Evse.objects.filter(charger=charger, number=evse_number).exists():
        evse_uid = ocpi_ids.evse_uid(charger.lasting_id(), evse_number)
    return realtime.Question(
        uid=uid,
        type=token.type if token else "RFID",
        location_id=ocpi_ids.location_id(charger.property.slug),
        evse_uid=evse_uid,
    )


def answer(question_id: uuid.UUID, info: realtime.AuthorizationInfo, *, took_ms: int, now: datetime) -> None:
    """Stores the provider's answer. Even one that comes too late for its driver closes the breaker."""
    _end(
        question_id,
        State.ANSWERED,
        now=now,
        took_ms=took_ms,
        message=info.message,
        word=info.word,
        reference=info.reference,
    )


def no_answer(question_id: uuid.UUID, cause: str, *, timed_out: bool, took_ms: int, now: datetime) -> None:
    """Records that no usable answer came. `cause` follows the provider's name."""
    state = State.TIMED_OUT if timed_out else State.NO_ANSWER
    _end(question_id, state, now=now, took_ms=took_ms, message=cause)


def conclude(question_id: uuid.UUID, *, now: datetime) -> LiveValidation:
    """Returns the result for the waiting caller; a question that is still open ends now. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_CONCLUDE, {"id": question_id, "now": now, "nobody_free": _NOBODY_FREE})
        state, word, message, reference, took_ms, timeout_s = cursor.fetchone()
    return LiveValidation(
        state=_STATES[State(state)],
        word=word,
        message=message,
        reference=reference,
        took_ms=took_ms or 0,
        timeout_s=round(timeout_s),
    )


_CONCLUDE: Final = """
    UPDATE authorization_issuerquestion SET
        state = CASE WHEN state <> 'open' THEN state WHEN begun_at IS NULL THEN 'not_asked' ELSE 'timed_out' END,
        message = CASE WHEN state = 'open' AND begun_at IS NULL THEN %(nobody_free)s ELSE message END,
        took_ms = CASE WHEN state = 'open' THEN 1000 * extract(epoch FROM %(now)s - begun_at) ELSE took_ms END,
        ended_at = COALESCE(ended_at, %(now)s),
        used_at = COALESCE(used_at, %(now)s)
    WHERE id = %(id)s
    RETURNING state, word, message, reference, took_ms, extract(epoch FROM deadline - asked_at)
"""


def filter_closed(question_ids: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """Returns those questions that have an answer, or never will."""
    closed_questions = IssuerQuestion.objects.filter(pk__in=question_ids).exclude(state=State.OPEN)
    return list(closed_questions.values_list("pk", flat=True))


def not_begun(*, now: datetime) -> list[uuid.UUID]:
    """Returns open questions that no worker has claimed after a moment."""
    waiting = IssuerQuestion.objects.filter(state=State.OPEN, begun_at=None, deadline__gt=now)
    return list(waiting.filter(asked_at__lt=now - 2 * GRACE).values_list("pk", flat=True))


def give_up_overdue(*, now: datetime) -> int:
    """Ends questions whose gateway or worker has died. Returns how many."""
    overdue = IssuerQuestion.objects.filter(state=State.OPEN, deadline__lt=now - 2 * GRACE)
    rows = list(overdue.select_for_update(skip_locked=True))
    for row in rows:
        _give_up(row, now=now)
        row.save(update_fields=["state", "ended_at", "took_ms", "message"])
    return len(rows)


def prune(*, before: datetime) -> int:
    """Deletes old questions, because they name cards. The decisions have their own traces. Returns how many."""
    return IssuerQuestion.objects.filter(id__lt=ids.floor(before)).delete()[0]


def _end_overdue(card: Card, *, now: datetime) -> None:
    card_questions = IssuerQuestion.objects.filter(
        charger=card.charger, canonical_uid=card.canonical_uid, is_probe=False
    )
    for row in card_questions.filter(state=State.OPEN, deadline__lte=now).select_for_update():
        _give_up(row, now=now)
        row.save(update_fields=["state", "ended_at", "took_ms", "message"])


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


def _end(
    question_id: uuid.UUID,
    state: State,
    *,
    now: datetime,
    took_ms: int,
    message: str,
    word: str = "",
    reference: str = "",
) -> None:
    values: dict[str, int | str | datetime | uuid.UUID | None] = {
        "id": question_id,
        "state": state.value,
        "now": now,
        "took_ms": took_ms,
        "message": message[:_LONGEST_TEXT],
        "word": word,
        "reference": reference,
    }
    with connection.cursor() as cursor:
        cursor.execute(_END, values)
        row = cursor.fetchone()
    if row is not None:
        breaker.record(row[0], answered=state == State.ANSWERED, is_open=row[1], now=now)


_END: Final = """
    WITH ended AS (
        UPDATE authorization_issuerquestion
        SET state = %(state)s, ended_at = %(now)s, took_ms = %(took_ms)s, message = %(message)s, word = %(word)s,
            reference = %(reference)s
        WHERE id = %(id)s AND state = 'open'
    )
    SELECT m.id, m.breaker_opened_at IS NOT NULL FROM authorization_issuerquestion q
    JOIN authorization_mobilityprovider m ON m.id = q.msp_id WHERE q.id = %(id)s
"""


def _ms(span: timedelta) -> int:
    return max(span // timedelta(milliseconds=1), 0)
