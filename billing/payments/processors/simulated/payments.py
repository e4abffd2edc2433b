"""Payments of the simulated processor: held or charged, captured, released, refunded, expired."""

import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import transaction

from billing.models import SimulatedDispute, SimulatedPayment
from billing.payments.processors.protocol import (
    Authorization,
    Decline,
    Movement,
    NotPossibleError,
    OutcomeUnknownError,
    Payment,
    PaymentState,
)
from billing.payments.processors.simulated import balance, card_numbers, cards, clock, deliveries, disputes
from billing.payments.processors.simulated.card_numbers import SimulatedCard
from billing.payments.processors.simulated.requests import PAYMENTS, run_once

HOLD_LASTS: Final = timedelta(days=7)
_LOST: Final = "The processor did not answer in time."
State = SimulatedPayment.State
_STATES: Final = {
    State.REQUIRES_ACTION: PaymentState.NEEDS_AUTHENTICATION,
    State.REQUIRES_CAPTURE: PaymentState.AUTHORISED,
    State.SUCCEEDED: PaymentState.CAPTURED,
    State.CANCELED: PaymentState.CANCELLED,
    State.DECLINED: PaymentState.DECLINED,
}
_HELD: Final = (State.REQUIRES_CAPTURE, State.REQUIRES_ACTION)
_KINDS: Final = {
    State.REQUIRES_ACTION: "payment.needs_authentication",
    State.REQUIRES_CAPTURE: "payment.authorized",
    State.SUCCEEDED: "payment.captured",
    State.DECLINED: "payment.declined",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Means:
    """The means of payment."""

    card: SimulatedCard
    last4: str
    is_saved: bool
    card_ref: str = ""
    customer_ref: str = ""


def begin(authorization: Authorization, *, key: str, captures_at_once: bool) -> Payment:
    """Holds the amount, or charges it at once."""
    parameters = asdict(authorization) | {"card": _mask_card(authorization.card)}

    def act() -> SimulatedPayment:
        return _create_payment(authorization, captures_at_once=captures_at_once)

    operation = "charge" if captures_at_once else "authorize"
    payment, is_first = run_once(key, parameters, act, kind=PAYMENTS, operation=operation)
    if is_first and payment.behaviour == card_numbers.LOSES_AUTHORIZE:
        raise OutcomeUnknownError(_LOST)
    return _answer(payment)


def capture(ref: str, *, amount_minor: int, key: str) -> Payment:
    def act() -> SimulatedPayment:
        payment = _lock_payment(ref)
        if payment.state != State.REQUIRES_CAPTURE:
            raise NotPossibleError(f"The payment cannot be captured: {payment.get_state_display()}.")
        if not 0 < amount_minor <= payment.amount_minor:
            raise NotPossibleError(f"{amount_minor} is not within the {payment.amount_minor} that are held.")
        return _capture_payment(payment, amount_minor)

    parameters = {"ref": ref, "amount_minor": amount_minor}
    payment, is_first = run_once(key, parameters, act, kind=PAYMENTS, operation="capture")
    if is_first and payment.behaviour == card_numbers.LOSES_CAPTURE:
        raise OutcomeUnknownError(_LOST)
    return _answer(payment)


def cancel(ref: str, *, key: str) -> Payment:
    def act() -> SimulatedPayment:
        payment = _lock_payment(ref)
        if payment.state == State.CANCELED:
            return payment
        if payment.state not in _HELD:
            raise NotPossibleError(f"The payment cannot be released: {payment.get_state_display()}.")
        payment.state = State.CANCELED
        return _save_and_notify(payment, "payment.canceled")

    return _answer(run_once(key, {"ref": ref}, act, kind=PAYMENTS, operation="cancel")[0])


def refund(ref: str, *, amount_minor: int, key: str) -> Payment:
    def act() -> SimulatedPayment:
        payment = _lock_payment(ref)
        refundable_minor = payment.captured_minor - payment.refunded_minor
        if not 0 < amount_minor <= refundable_minor:
            raise NotPossibleError(f"{amount_minor} is not within the {refundable_minor} that can still be refunded.")
        if SimulatedDispute.objects.filter(payment=payment).exclude(state=SimulatedDispute.State.WON).exists():
            raise NotPossibleError("The payment is disputed: its cardholder's bank has taken the money back.")
        payment.refunded_minor += amount_minor
        _record_movement(payment, Movement.REFUND, -amount_minor)
        return _save_and_notify(payment, "payment.refunded")

    parameters = {"ref": ref, "amount_minor": amount_minor}
    return _answer(run_once(key, parameters, act, kind=PAYMENTS, operation="refund")[0])


def find(*, ref: str = "", key: str = "") -> Payment | None:
    payments = SimulatedPayment.objects.filter(ref=ref) if ref else SimulatedPayment.objects.filter(requests__key=key)
    with transaction.atomic():
        payment = payments.select_for_update(of=("self",)).first()
        return _answer(_expired_by_now(payment)) if payment else None


def answer(payment: SimulatedPayment) -> Payment:
    """Returns the current state of the payment."""
    return _answer(payment)


def move_on() -> None:
    """Expires the holds that are due by the processor's clock."""
    due = SimulatedPayment.objects.filter(state__in=_HELD, capture_before__lte=clock.now())
    for ref in list(due.values_list("ref", flat=True)):
        find(ref=ref)


def confirm(ref: str, *, accepted: bool) -> Payment:
    """Simulates that the cardholder confirmed the payment at the bank's page, or refused to."""
    with transaction.atomic():
        payment = _lock_payment(ref)
        if payment.state != State.REQUIRES_ACTION:
            return _answer(payment)
        if not accepted:
            payment.state, payment.decline_code = State.DECLINED, Decline.CANCELLED
            return _answer(_save_and_notify(payment, _KINDS[State.DECLINED]))
        if payment.captures_at_once:
            return _answer(_capture_payment(payment, payment.amount_minor))
        payment.state = State.REQUIRES_CAPTURE
        return _answer(_save_and_notify(payment, _KINDS[State.REQUIRES_CAPTURE]))


def _create_payment(authorization: Authorization, *, captures_at_once: bool) -> SimulatedPayment:
    means = _resolve_means(authorization)
    decline, state = _first_state(means, authorization)
    payment = SimulatedPayment(
        ref=f"sim_{secrets.token_hex(12)}",
        amount_minor=authorization.amount_minor,
        currency=authorization.currency,
        last4=means.last4,
        state=state,
        decline_code=decline or "",
        capture_before=clock.now() + HOLD_LASTS,
        behaviour=means.card.behaviour,
        captures_at_once=captures_at_once,
        customer_ref=means.customer_ref,
        card_ref=means.card_ref,
        return_url=authorization.return_url[:500],
        created_at=clock.now(),
    )
    if captures_at_once and state is State.REQUIRES_CAPTURE:
        return _capture_payment(payment, payment.amount_minor)
    return _save_and_notify(payment, _KINDS[state])


def _first_state(means: _Means, authorization: Authorization) -> tuple[Decline | None, SimulatedPayment.State]:
    """Returns the simulated bank's answer. It declines an off-session payment that the cardholder must confirm."""
    decline = means.card.declines or (means.card.declines_saved if means.is_saved else None)
    must_ask = means.card.needs_cardholder(is_saved=means.is_saved)
    if decline is None and must_ask and authorization.is_off_session:
        decline = Decline.NEEDS_CARDHOLDER
    if decline is not None:
        return decline, State.DECLINED
    return None, State.REQUIRES_ACTION if must_ask else State.REQUIRES_CAPTURE


def _resolve_means(authorization: Authorization) -> _Means:
    if authorization.card.startswith(cards.PREFIX):
        card = cards.usable(authorization.card, customer_ref=authorization.customer_ref)
        return _Means(
            card=card_numbers.resolve_card(card.number),
            last4=card.last4,
            is_saved=True,
            card_ref=card.ref if authorization.keeps_card else "",
            customer_ref=card.customer_ref,
        )
    if authorization.is_off_session:
        raise NotPossibleError("Without its cardholder only a saved card can be charged.")
    number = "".join(authorization.card.split())
    resolved_card, saved_refs = card_numbers.resolve_card(number), {}
    if authorization.keeps_card and not resolved_card.declines:
        card = cards.create_for_payment(number)
        saved_refs = {"card_ref": card.ref, "customer_ref": card.customer_ref}
    return _Means(card=resolved_card, last4=number[-4:], is_saved=False, **saved_refs)


def _mask_card(card: str) -> str:
    """Returns the last four digits of a card number, or the reference of a saved card."""
    return card if card.startswith(cards.PREFIX) else "".join(card.split())[-4:]


def _capture_payment(payment: SimulatedPayment, amount_minor: int) -> SimulatedPayment:
    payment.state, payment.captured_minor = State.SUCCEEDED, amount_minor
    payment.fee_minor = balance.fee_of(amount_minor)
    _save_and_notify(payment, _KINDS[State.SUCCEEDED])
    pending = timedelta(0) if payment.behaviour == card_numbers.AVAILABLE_AT_ONCE else balance.PENDING_FOR
    _record_movement(payment, Movement.PAYMENT, amount_minor, fee_minor=payment.fee_minor, pending_for=pending)
    if payment.behaviour == card_numbers.IS_DISPUTED:
        disputes.open_dispute(payment)
    return payment


def _record_movement(
    payment: SimulatedPayment,
    kind: Movement,
    amount_minor: int,
    *,
    fee_minor: int = 0,
    pending_for: timedelta = timedelta(0),
) -> None:
    balance.record_movement(
        balance.account(balance.OURS),
        kind,
        amount_minor,
        currency=payment.currency,
        source_ref=payment.ref,
        payment_ref=payment.ref,
        fee_minor=fee_minor,
        pending_for=pending_for,
    )


def _lock_payment(ref: str) -> SimulatedPayment:
    payment = SimulatedPayment.objects.select_for_update().filter(ref=ref).first()
    if payment is None:
        raise NotPossibleError(f"There is no payment {ref}.")
    return _expired_by_now(payment)


def _expired_by_now(payment: SimulatedPayment) -> SimulatedPayment:
    if payment.state in _HELD and payment.capture_before <= clock.now():
        payment.state, payment.is_expired = State.CANCELED, True
        _save_and_notify(payment, "payment.canceled")
    return payment


def _save_and_notify(payment: SimulatedPayment, kind: str) -> SimulatedPayment:
    payment.save()
    deliveries.deliver(kind, ref=payment.ref)
    return payment


def _answer(payment: SimulatedPayment) -> Payment:
    state = State(payment.state)
    decline = Decline(payment.decline_code) if payment.decline_code else None
    facts: dict[str, Any] = {"state": _STATES[state]}
    if state is State.CANCELED and payment.is_expired:
        facts["state"] = PaymentState.EXPIRED
    if state is State.REQUIRES_ACTION:
        facts["authentication_url"] = f"/processor/simulated/{payment.ref}/"
    return Payment(
        ref=payment.ref,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        last4=payment.last4,
        captured_minor=payment.captured_minor,
        refunded_minor=payment.refunded_minor,
        fee_minor=payment.fee_minor,
        card_ref=payment.card_ref,
        customer_ref=payment.customer_ref,
        capture_before=payment.capture_before,
        decline=decline,
        why=card_numbers.sentences(decline),
        **facts,
    )
