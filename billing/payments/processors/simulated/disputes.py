"""Disputes of the simulated processor: opened by a test card or manually, decided by its clock or manually."""

import secrets
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from billing.models import SimulatedDispute, SimulatedPayment
from billing.payments.processors.protocol import Dispute, DisputeState, Movement, NotPossibleError
from billing.payments.processors.simulated import balance, clock, deliveries
from billing.payments.processors.simulated.requests import Kind, run_once

FEE_MINOR: Final = 1500
RESPOND_WITHIN: Final = timedelta(days=7)
DECIDES_AFTER: Final = timedelta(days=3)
LOSING: Final = "losing_evidence"
"""Evidence with this word loses the dispute; any other wins it."""
State = SimulatedDispute.State
_KIND: Kind[SimulatedDispute] = Kind(rows=SimulatedDispute.objects.all, answered=("state",))
_OPEN: Final = (State.NEEDS_RESPONSE, State.UNDER_REVIEW)


def open_dispute(payment: SimulatedPayment, *, reason: str = "fraudulent") -> Dispute:
    """Takes back what was captured and not refunded, for the cardholder's bank, and charges the processor's fee.

    Raises NotPossibleError if nothing is left, or it was disputed before.
    """
    amount_minor = payment.captured_minor - payment.refunded_minor
    if amount_minor <= 0 or SimulatedDispute.objects.filter(payment=payment).exists():
        raise NotPossibleError("There is nothing of this payment that could be disputed.")
    now = clock.now()
    with transaction.atomic():
        dispute = SimulatedDispute.objects.create(
            ref=f"dp_{secrets.token_hex(12)}",
            payment=payment,
            amount_minor=amount_minor,
            fee_minor=FEE_MINOR,
            reason=reason,
            opened_at=now,
            respond_before=now + RESPOND_WITHIN,
        )
        _record_movement(dispute, Movement.DISPUTE, -amount_minor, fee_minor=FEE_MINOR)
        deliveries.deliver("dispute.opened", ref=dispute.ref)
    return _answer(dispute)


def answer(ref: str, *, evidence: str, key: str) -> Dispute:
    def act() -> SimulatedDispute:
        dispute = _lock_dispute(ref)
        if dispute.state != State.NEEDS_RESPONSE:
            raise NotPossibleError(f"This dispute takes no evidence any more: {dispute.get_state_display().lower()}.")
        dispute.evidence, dispute.state = evidence, State.UNDER_REVIEW
        dispute.decides_at = clock.now() + DECIDES_AFTER
        return _save_and_notify(dispute, "dispute.answered")

    return _answer(run_once(key, {"ref": ref, "evidence": evidence}, act, kind=_KIND, operation="answer_dispute")[0])


def decide(ref: str, *, is_won: bool) -> Dispute:
    """Applies the bank's decision. A repeat changes nothing."""
    with transaction.atomic():
        dispute = _lock_dispute(ref)
        if dispute.state in _OPEN:
            _close_dispute(dispute, is_won=is_won)
        return _answer(dispute)


def find(ref: str) -> Dispute | None:
    with transaction.atomic():
        if not SimulatedDispute.objects.filter(ref=ref).exists():
            return None
        return _answer(_lock_dispute(ref))


def move_on() -> None:
    """Decides the disputes that are due by the processor's clock."""
    due = Q(state=State.NEEDS_RESPONSE, respond_before__lte=clock.now()) | Q(decides_at__lte=clock.now())
    for ref in list(SimulatedDispute.objects.filter(due, state__in=_OPEN).values_list("ref", flat=True)):
        find(ref)


def _lock_dispute(ref: str) -> SimulatedDispute:
    """Returns the dispute, locked, in its state by the processor's clock."""
    rows = SimulatedDispute.objects.select_for_update(of=("self",)).select_related("payment")
    dispute = rows.filter(ref=ref).first()
    if dispute is None:
        raise NotPossibleError(f"There is no dispute {ref}.")
    now = clock.now()
    if dispute.state == State.NEEDS_RESPONSE and dispute.respond_before <= now:
        _close_dispute(dispute, is_won=False)
    elif dispute.state == State.UNDER_REVIEW and dispute.decides_at and dispute.decides_at <= now:
        _close_dispute(dispute, is_won=LOSING not in dispute.evidence)
    return dispute


def _close_dispute(dispute: SimulatedDispute, *, is_won: bool) -> None:
    dispute.state = State.WON if is_won else State.LOST
    if is_won:
        _record_movement(dispute, Movement.DISPUTE_BACK, dispute.amount_minor)
    _save_and_notify(dispute, "dispute.closed")


def _record_movement(dispute: SimulatedDispute, kind: Movement, amount_minor: int, *, fee_minor: int = 0) -> None:
    payment = dispute.payment
    balance.record_movement(
        balance.account(balance.OURS),
        kind,
        amount_minor,
        currency=payment.currency,
        source_ref=dispute.ref,
        payment_ref=payment.ref,
        fee_minor=fee_minor,
    )


def _save_and_notify(dispute: SimulatedDispute, kind: str) -> SimulatedDispute:
    dispute.save()
    deliveries.deliver(kind, ref=dispute.ref)
    return dispute


def _answer(dispute: SimulatedDispute) -> Dispute:
    return Dispute(
        ref=dispute.ref,
        payment_ref=dispute.payment.ref,
        state=DisputeState(dispute.state),
        reason=dispute.reason,
        amount_minor=dispute.amount_minor,
        fee_minor=dispute.fee_minor,
        currency=dispute.payment.currency,
        opened_at=dispute.opened_at,
        respond_before=dispute.respond_before,
    )
