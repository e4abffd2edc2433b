"""Holds: what a guest's card keeps for us, from the wish to the capture or the release.

The order is always: our row is committed, the processor is asked with a key made of it, its answer is written by a
conditional update. Whoever is killed in between is resumed with the same key. Nothing here may be called inside a
database transaction, for what a processor did does not roll back.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, assert_never
from uuid import UUID

from django.db import IntegrityError, transaction

from billing import bookkeeping, processors, sessions
from billing.models import Hold, Session
from billing.processors.protocol import (
    Authorization,
    NotPossibleError,
    OutcomeUnknownError,
    Payment,
    PaymentState,
    ProcessorError,
)
from chargers import ids
from chargers.wording import mark

logger = logging.getLogger(__name__)

State = Hold.State
LIVE: Final = (State.AUTHORISING, State.AUTHORISED, State.UNKNOWN)
NEVER_ARRIVED_AFTER: Final = timedelta(minutes=2)
_UNDECIDED: Final = (State.AUTHORISING, State.UNKNOWN)


def open_hold(session: Session, *, amount_minor: int, now: datetime) -> Hold:
    """The session's hold, to be authorised next. A second call finds the first one's row while that is alive."""
    if session.rate_version is None:
        raise ValueError("a session without a rate needs no hold")
    try:
        with transaction.atomic():
            return Hold.objects.create(
                id=ids.new(now=now),
                session=session,
                processor=processors.default(),
                amount_minor=amount_minor,
                currency=session.rate_version.rate.currency,
                created_at=now,
            )
    except IntegrityError:
        live = Hold.objects.filter(session=session, state__in=(*LIVE, State.CAPTURED)).first()
        if live is None:
            raise
        return live


@dataclass(frozen=True, slots=True)
class Card:
    """The processor's token of a card, or a saved card's reference with that of its customer."""

    ref: str
    customer_ref: str = ""


def authorize(hold: Hold, *, card: str | Card, now: datetime, return_url: str = "") -> Hold:
    """Asks for the hold; the state says what came of it. A repeat, such as a double tap, asks for the same one."""
    paid_with = card if isinstance(card, Card) else Card(card)
    if paid_with.customer_ref:
        Hold.objects.filter(pk=hold.pk).update(card_ref=paid_with.ref, customer_ref=paid_with.customer_ref)
    wanted = Authorization(
        amount_minor=hold.amount_minor,
        currency=hold.currency,
        card=paid_with.ref,
        customer_ref=paid_with.customer_ref,
        description=f"Charging session {hold.session_id}",
        return_url=return_url,
    )
    try:
        payment = processors.processor(hold.processor).authorize(wanted, key=_key(hold, "authorize"))
    except OutcomeUnknownError:
        _move(hold, of=(State.AUTHORISING,), state=State.UNKNOWN, doubtful_operation="authorize", checked_at=now)
    except NotPossibleError as exc:
        _move(hold, of=(State.AUTHORISING,), state=State.FAILED, failure=str(exc)[:255], finished_at=now)
    else:
        apply(hold, payment, now=now)
    hold.refresh_from_db()
    return hold


def check(hold_id: UUID, *, now: datetime) -> Hold:
    """Asks the processor how the payment stands: after a doubt, a webhook, or the bank's own page."""
    hold = Hold.objects.get(pk=hold_id)
    try:
        payment = processors.processor(hold.processor).look_up(ref=hold.processor_ref, key=_key(hold, "authorize"))
    except OutcomeUnknownError:
        return hold
    if payment is not None:
        apply(hold, payment, now=now)
    elif now - hold.created_at > NEVER_ARRIVED_AFTER:
        sentence = mark("The payment never reached the processor; nothing was held.")
        _move(hold, of=_UNDECIDED, state=State.FAILED, failure=sentence, finished_at=now)
    Hold.objects.filter(pk=hold.pk).update(checked_at=now)
    hold.refresh_from_db()
    return hold


def apply(hold: Hold, payment: Payment, *, now: datetime) -> None:
    """Writes what the processor says, in whatever order it comes: a hold never goes back to an earlier state."""
    facts: dict[str, Any] = {"processor_ref": payment.ref, "last4": payment.last4, "doubtful_operation": ""}
    match payment.state:
        case PaymentState.NEEDS_AUTHENTICATION:
            url = payment.authentication_url[:4000]
            _move(hold, of=_UNDECIDED, state=State.AUTHORISING, next_action_url=url, **facts)
        case PaymentState.AUTHORISED:
            facts |= {"capture_before": payment.capture_before, "next_action_url": ""}
            if _move(hold, of=_UNDECIDED, state=State.AUTHORISED, **facts):
                _authorised(hold, now=now)
        case PaymentState.DECLINED:
            failure = payment.sentence[:255] or mark("The card was declined.")
            _move(hold, of=_UNDECIDED, state=State.FAILED, failure=failure, finished_at=now, **facts)
        case PaymentState.CAPTURED:
            facts |= {"captured_minor": payment.captured_minor, "finished_at": now}
            with transaction.atomic():
                if _move(hold, of=LIVE, state=State.CAPTURED, **facts):
                    bookkeeping.hold_captured(Hold.objects.select_related("session__host").get(pk=hold.pk), now=now)
        case PaymentState.CANCELLED:
            _move(hold, of=LIVE, state=State.VOIDED, finished_at=now, **facts)
        case PaymentState.EXPIRED:
            _move(hold, of=LIVE, state=State.EXPIRED, finished_at=now, **facts)
        case _:
            assert_never(payment.state)


def _authorised(hold: Hold, *, now: datetime) -> None:
    """The guest may plug in; if the session was given up meanwhile, the money goes back at once."""
    if not sessions.wait_for_plug(hold.session_id, now=now):
        state = Session.objects.values_list("state", flat=True).get(pk=hold.session_id)
        if state == Session.State.FAILED:
            release(hold.session_id, now=now)


def capture(hold: Hold, *, amount_minor: int, now: datetime) -> Hold:
    """Takes the amount; the rest is released. In doubt the hold ends as unknown: call again with the same amount."""
    try:
        payment = processors.processor(hold.processor).capture(
            hold.processor_ref, amount_minor=amount_minor, key=_key(hold, "capture")
        )
    except OutcomeUnknownError:
        _move(hold, of=LIVE, state=State.UNKNOWN, doubtful_operation="capture", checked_at=now)
        hold.refresh_from_db()
        return hold
    except NotPossibleError as exc:
        logger.warning("Hold %s could not be captured: %s", hold.pk, exc)
        return check(hold.pk, now=now)
    apply(hold, payment, now=now)
    hold.refresh_from_db()
    return hold


def release(session_id: UUID, *, now: datetime) -> None:
    """Gives back what is held for a session. May be called again and beside itself."""
    for hold in Hold.objects.filter(session=session_id, state__in=LIVE):
        if not hold.processor_ref:
            hold = check(hold.pk, now=now)  # noqa: PLW2901 - the same hold, as the processor knows it
        if not hold.processor_ref or hold.state not in LIVE:
            continue
        try:
            payment = processors.processor(hold.processor).cancel(hold.processor_ref, key=_key(hold, "cancel"))
        except OutcomeUnknownError:
            _move(hold, of=LIVE, state=State.UNKNOWN, doubtful_operation="cancel", checked_at=now)
        except ProcessorError as exc:
            logger.warning("Hold %s could not be released: %s", hold.pk, exc)
            check(hold.pk, now=now)
        else:
            apply(hold, payment, now=now)


def _key(hold: Hold, operation: str) -> str:
    return f"hold:{hold.pk}:{operation}:{hold.generation}"


def _move(hold: Hold, *, of: tuple[Hold.State, ...], **values: Any) -> bool:
    return bool(Hold.objects.filter(pk=hold.pk, state__in=of).update(**values))
