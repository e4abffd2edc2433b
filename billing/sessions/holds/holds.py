"""Holds on guests' cards, from the request to the capture or the release.

The order is always the same: our row is committed, the processor is called with a key derived from it, and its answer
is written by a conditional update. After a crash in between, the request is resumed with the same key. Nothing here may
be called inside a database transaction, since the processor's side does not roll back.
"""

import logging
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from billing.models import Hold, PaymentCard, Session
from billing.payments import processors
from billing.payments.books import postings
from billing.payments.processors.protocol import (
    Authorization,
    NotPossibleError,
    OutcomeUnknownError,
    Payment,
    PaymentState,
    Processor,
    ProcessorError,
)
from billing.sentences.payments import PaymentCode
from billing.sessions.charges import receivables
from billing.sessions.charges.card_charges import CardCharge, Operation, Refusal
from billing.sessions.lifecycle import lifecycle
from chargers.lib import batch, ids
from chargers.sentences import stored
from chargers.sentences.stored import Sentences

logger = logging.getLogger(__name__)

State, Role = Hold.State, Hold.Role
NEVER_ARRIVED_AFTER: Final = timedelta(minutes=2)
_NOT_FINISHED: Final = stored.build_sentence(PaymentCode.NOT_FINISHED)
_WATCHED_FOR: Final = timedelta(seconds=15)
_WATCHED_EVERY: Final = timedelta(seconds=2)
_ENDED: Final = {PaymentState.CANCELLED: State.VOIDED, PaymentState.EXPIRED: State.EXPIRED}
"""States of holds that ended without a refusal, by the processor's state; a declined hold has failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """The means of payment, and how the payer can be asked.

    `keeps_card`: the payer agreed that the same card is charged again for the same session, if the hold is not enough.
    """

    card: str
    return_url: str = ""
    customer_ref: str = ""
    is_off_session: bool = False
    keeps_card: bool = False


def open_hold(
    session: Session,
    *,
    amount_minor: int,
    now: datetime,
    why: Sentences = (),
    role: str = Role.MAIN,
    saved: Means | None = None,
) -> Hold:
    """Opens the session's hold, to be authorized next. A second call returns the row of the first while that is active.

    `saved`: the card to `charge` off-session.
    """
    if session.rate_version is None:
        raise ValueError("a session without a rate needs no hold")
    try:
        with transaction.atomic():
            return Hold.objects.create(
                id=ids.generate(now=now),
                session=session,
                processor=processors.default(),
                role=role,
                card_ref=saved.card if saved else "",
                customer_ref=saved.customer_ref if saved else "",
                reason_sentences=why,
                amount_minor=amount_minor,
                currency=session.rate_version.rate.currency,
                created_at=now,
            )
    except IntegrityError:
        live = Hold.objects.filter(session=session, role=role, state__in=(*Hold.LIVE, State.CAPTURED)).first()
        if live is None:
            raise
        return live


def authorize(hold: Hold, *, card: str, now: datetime, return_url: str = "", keeps_card: bool = False) -> Hold:
    """Requests the hold; its state tells the outcome. A repeat, such as a double tap, requests the same hold."""
    return ask(hold, Means(card=card, return_url=return_url, keeps_card=keeps_card), now=now)


def ask(hold: Hold, means: Means, *, now: datetime, first_asked_at: datetime | None = None) -> Hold:
    """Requests a hold or, for a payment after the session, the money at once.

    `first_asked_at`: when a worker that was killed may first have requested it.
    """
    purpose = f"Charging session {hold.session_id}"
    authorization = Authorization(
        amount_minor=hold.amount_minor, currency=hold.currency, description=purpose, **asdict(means)
    )
    return _CARD.ask(hold, authorization, now=now, first_asked_at=first_asked_at)


def charge(hold: Hold, *, now: datetime) -> Hold:
    """Charges a saved card without its holder; if there is no answer, requests it once more.

    Other payments, such as those a guest makes on a page, are looked up.
    """
    if hold.state not in Hold.UNDECIDED:
        return hold
    if hold.processor_ref or not hold.card_ref:
        return check(hold.pk, now=now)
    return ask(hold, saved_card(hold), now=now, first_asked_at=hold.created_at)


def extend(main: Hold, *, now: datetime) -> Hold | None:
    """Holds the same amount once more on the same card, without its holder; None if that was not agreed to.

    An undecided extension is returned again, and a refused one is not retried.
    """
    if not main.card_ref:
        return None
    extension_hold = Hold.objects.filter(session=main.session_id, role=Role.EXTENSION).order_by("-created_at").first()
    if extension_hold is not None and extension_hold.state in (*Hold.UNDECIDED, State.FAILED):
        return check(extension_hold.pk, now=now) if extension_hold.state in Hold.UNDECIDED else extension_hold
    session = Session.objects.select_related("rate_version__rate").get(pk=main.session_id)
    why = stored.build_sentence(PaymentCode.HOLD_ONCE_MORE)
    extension_hold = open_hold(session, amount_minor=main.amount_minor, now=now, why=why, role=Role.EXTENSION)
    return ask(extension_hold, saved_card(main), now=now)


def charge_rest(main: Hold, *, amount_minor: int, now: datetime) -> Hold | None:
    """Charges the uncovered rest to the same card, without its holder; None if that was not agreed to.

    A refusal is final, and is returned again.
    """
    if not main.card_ref:
        return None
    rest_payment = Hold.objects.filter(session=main.session_id, role=Role.REST).order_by("created_at").first()
    if rest_payment is None:
        session = Session.objects.select_related("rate_version__rate").get(pk=main.session_id)
        rest_payment = open_rest(session, main, amount_minor=amount_minor, now=now)
    return charge(rest_payment, now=now)


def open_rest(session: Session, main: Hold, *, amount_minor: int, now: datetime) -> Hold:
    """Opens a charge of the rest to the card of this payment, without its holder; call `charge` next."""
    saved = saved_card(main)
    why = stored.build_sentence(PaymentCode.HOLD_BEYOND)
    return open_hold(session, amount_minor=amount_minor, now=now, why=why, role=Role.REST, saved=saved)


def charge_account(session: Session, card: PaymentCard | None, *, amount_minor: int, now: datetime) -> Hold | None:
    """Charges a whole session to a card of its driver's account, once, without its holder; None if there is no such
    card.

    Expects `session` with its rate.
    """
    earlier = Hold.objects.filter(session=session, role=Role.ACCOUNT).first()
    if card is None:  # or no longer: without agreement nothing is charged
        return check(earlier.pk, now=now) if earlier is not None and earlier.state in Hold.UNDECIDED else earlier
    if earlier is not None:
        return charge(earlier, now=now)
    why = stored.build_sentence(PaymentCode.HOLD_BY_ACCOUNT)
    saved = Means(card=card.ref, customer_ref=card.customer_ref, is_off_session=True)
    hold = open_hold(session, amount_minor=amount_minor, now=now, why=why, role=Role.ACCOUNT, saved=saved)
    return charge(hold, now=now)


def check(hold_id: UUID, *, now: datetime) -> Hold:
    """Asks the processor for the payment's state. If it does not answer, the hold stays as it was."""
    return _CARD.check(hold_id, now=now)


def watch(session_id: UUID, *, now: datetime) -> None:
    """Notes that the payer's page is open, so that `check_watched` asks the processor. One statement."""
    undecided = Hold.objects.filter(session=session_id, state__in=Hold.UNDECIDED)
    undecided = undecided.exclude(state=State.AUTHORISING, processor_ref="")  # a request is in progress
    undecided.exclude(watched_at__gt=now - _WATCHED_FOR / 3).update(watched_at=now)


def check_watched(*, now: datetime) -> int:
    """Checks payments whose payers have their page open, for example after returning from their bank."""
    watched = Hold.objects.filter(state__in=Hold.UNDECIDED, watched_at__gt=now - _WATCHED_FOR)
    due = watched.exclude(checked_at__gt=now - _WATCHED_EVERY)
    return batch.run_for_rows(due, lambda pk: check(pk, now=now), failure="could not be checked")


def refresh_state(hold_id: UUID, *, now: datetime) -> Hold:
    """Reads the payment's state from the processor: after a doubt, a webhook, or the bank's page.

    Raises OutcomeUnknownError.
    """
    return _CARD.learn(hold_id, now=now)


def apply(hold: Hold, payment: Payment, *, now: datetime) -> None:
    """Writes the processor's state; events may come in any order, and a hold never returns to an earlier state."""
    _CARD.apply(hold, payment, now=now)


def take_outlet(hold: Hold, *, now: datetime) -> bool:
    """Gives the outlet to this guest, whose money is held and who may plug in.

    Idempotent. True if the outlet is theirs. If another guest paid first, or the session was cancelled meanwhile, the
    hold is released at once.
    """
    if hold.role != Role.MAIN:
        _release_if_failed(hold, now=now)
        return False
    try:
        if lifecycle.wait_for_plug(hold.session_id, now=now):
            return True
    except lifecycle.OccupiedError as exc:
        lifecycle.give_up(hold.session_id, why=exc.why, now=now)
    _release_if_failed(hold, now=now)
    return False


def _release_if_failed(hold: Hold, *, now: datetime) -> None:
    state = Session.objects.values_list("state", flat=True).get(pk=hold.session_id)
    if state == Session.State.FAILED:
        release(hold.session_id, now=now)


def _confirm(hold: Hold, payment: Payment, /, *, now: datetime) -> None:
    url = payment.authentication_url[:4000]
    _update_in_states(hold, from_states=Hold.UNDECIDED, state=State.AUTHORISING, next_action_url=url, **_facts(payment))


def _mark_authorised(hold: Hold, payment: Payment, /, *, now: datetime) -> None:
    facts = _facts(payment) | {"capture_before": payment.capture_before, "next_action_url": ""}
    if _update_in_states(hold, from_states=Hold.UNDECIDED, state=State.AUTHORISED, **facts):
        take_outlet(hold, now=now)


def _mark_captured(hold: Hold, payment: Payment, /, *, now: datetime) -> None:
    facts = _facts(payment) | {"captured_minor": payment.captured_minor, "fee_minor": payment.fee_minor}
    with transaction.atomic():
        if _update_in_states(hold, from_states=Hold.LIVE, state=State.CAPTURED, finished_at=now, **facts):
            _post_capture(Hold.objects.select_related("session__host").get(pk=hold.pk), now=now)


def _record_refusal(hold: Hold, refusal: Refusal, /, *, now: datetime) -> None:
    """Records a refused hold. The session that waits for it ends at once, whichever look-up learns of it."""
    state = _ENDED.get(refusal.payment.state) if refusal.payment else None
    facts = _facts(refusal.payment) if refusal.payment else {}
    if state is not None:
        is_over, why = (
            _update_in_states(hold, from_states=Hold.LIVE, state=state, finished_at=now, **facts),
            _NOT_FINISHED,
        )
    else:
        facts |= {"state": State.FAILED, "failure_sentences": refusal.why, "finished_at": now}
        is_over, why = _update_in_states(hold, from_states=Hold.UNDECIDED, **facts), refusal.why
    if is_over and hold.role == Role.MAIN:
        lifecycle.give_up(hold.session_id, why=why, now=now)


def _mark_unknown(hold: Hold, /, *, now: datetime) -> None:
    _update_in_states(
        hold, from_states=(State.AUTHORISING,), state=State.UNKNOWN, doubtful_operation="authorize", checked_at=now
    )


def _record_check(hold: Hold, payment: Payment | None, /, *, now: datetime) -> None:
    if payment is None and now - hold.created_at > NEVER_ARRIVED_AFTER:
        _record_refusal(hold, Refusal(stored.build_sentence(PaymentCode.NEVER_ARRIVED)), now=now)
    Hold.objects.filter(pk=hold.pk).update(checked_at=now)


def _facts(payment: Payment) -> dict[str, Any]:
    return {
        "processor_ref": payment.ref,
        "last4": payment.last4,
        "doubtful_operation": "",
        "card_ref": payment.card_ref,
        "customer_ref": payment.customer_ref,
    }


def _post_capture(hold: Hold, *, now: datetime) -> None:
    """Posts the capture to the books, and closes the debt that it pays."""
    postings.hold_captured(hold, now=now)
    postings.fee_kept(hold, now=now)
    if hold.role in Hold.AFTERWARDS:
        receivables.mark_paid(hold, now=now)


def capture(hold: Hold, *, amount_minor: int, now: datetime) -> Hold:
    """Captures the amount; the rest is released.

    In doubt the hold's outcome is unknown: call again with the same amount.
    """
    try:
        payment = processors.processor(hold.processor).capture(
            hold.processor_ref, amount_minor=amount_minor, key=_key(hold, "capture")
        )
    except OutcomeUnknownError:
        _update_in_states(
            hold, from_states=Hold.LIVE, state=State.UNKNOWN, doubtful_operation="capture", checked_at=now
        )
        hold.refresh_from_db()
        return hold
    except NotPossibleError as exc:
        logger.warning("Hold %s could not be captured: %s", hold.pk, exc)
        return check(hold.pk, now=now)
    apply(hold, payment, now=now)
    hold.refresh_from_db()
    return hold


def release(session_id: UUID, *, now: datetime) -> None:
    """Releases the session's holds. Idempotent and safe to run concurrently."""
    for hold in Hold.objects.filter(session=session_id, state__in=Hold.LIVE).exclude(role__in=Hold.AFTERWARDS):
        if not hold.processor_ref:
            hold = check(hold.pk, now=now)  # noqa: PLW2901 - the same hold, as the processor knows it
        if not hold.processor_ref or hold.state not in Hold.LIVE:
            continue
        try:
            payment = processors.processor(hold.processor).cancel(hold.processor_ref, key=_key(hold, "cancel"))
        except OutcomeUnknownError:
            _update_in_states(
                hold, from_states=Hold.LIVE, state=State.UNKNOWN, doubtful_operation="cancel", checked_at=now
            )
        except ProcessorError as exc:
            logger.warning("Hold %s could not be released: %s", hold.pk, exc)
            check(hold.pk, now=now)
        else:
            apply(hold, payment, now=now)


def saved_card(main: Hold) -> Means:
    """Returns the card of this payment, to be charged again without its holder, who agreed to it."""
    return Means(card=main.card_ref, customer_ref=main.customer_ref, is_off_session=True)


def _operation(hold: Hold, processor: Processor) -> Operation:
    return processor.charge if hold.role in Hold.AFTERWARDS else processor.authorize


def _key(hold: Hold, operation: str = "authorize") -> str:
    return f"hold:{hold.pk}:{operation}:{hold.generation}"


def _update_in_states(hold: Hold, *, from_states: tuple[Hold.State, ...], **values: Any) -> bool:
    return bool(Hold.objects.filter(pk=hold.pk, state__in=from_states).update(**values))


_CARD: Final = CardCharge(
    load=lambda pk: Hold.objects.get(pk=pk),
    key=_key,
    taken=_mark_captured,
    confirming=_confirm,
    refused=_record_refusal,
    held=_mark_authorised,
    unanswered=_mark_unknown,
    checked=_record_check,
    operation=_operation,
)
