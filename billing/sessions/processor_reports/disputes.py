"""Disputes: payments that cardholders contest, as the processor reports them, our answer to the bank, and the books.

While a dispute is open its amount is in suspense. If won, it comes back; if lost, the host bears it. The processor's
fee stays either way. Nothing here may be called inside a database transaction, because it calls the processor.
"""

from datetime import datetime
from typing import Any, Final

from django.db import transaction

from billing.engine.values import money, units
from billing.models import Dispute, Hold, Receipt, Session
from billing.payments import processors
from billing.payments.books import postings
from billing.payments.processors.protocol import Dispute as ReportedDispute
from billing.payments.webhooks import deliveries
from billing.sessions.refunds import refund_taxes, refunds
from chargers.lib import batch
from chargers.text import card_numbers

State = Dispute.State
OPEN: Final = (State.NEEDS_RESPONSE, State.UNDER_REVIEW)
_ORDER: Final = {State.NEEDS_RESPONSE: 0, State.UNDER_REVIEW: 1, State.WON: 2, State.LOST: 2}


class AnsweredError(Exception):
    """The dispute takes no more evidence; the message is a sentence with the reason."""


def sync_from_processor(ref: str, *, processor: str, now: datetime) -> Dispute | None:
    """Stores the current state of a dispute; None if it is not about a session's payment.

    Raises OutcomeUnknownError. Disputes about a plan's fee are explained by a person, from the balance transactions.
    """
    dispute_seen = processors.processor(processor).look_up_dispute(ref)
    if dispute_seen is None:
        return None
    hold = (
        Hold.objects.select_related("session")
        .filter(processor=processor, processor_ref=dispute_seen.payment_ref)
        .first()
    )
    return _write(dispute_seen, hold, now=now) if hold else None


def learn_open(*, now: datetime) -> int:
    """Updates every undecided dispute, because a webhook may be lost."""

    def ask(dispute_id: int) -> None:
        row = Dispute.objects.get(pk=dispute_id)
        sync_from_processor(row.processor_ref, processor=row.processor, now=now)

    return batch.run_for_rows(Dispute.objects.filter(state__in=OPEN), ask, failure="could not be looked up", limit=None)


def evidence(dispute: Dispute) -> str:
    """Returns the evidence in our favour from stored facts: the charger, the energy, the times, the price and the
    receipt.
    """
    session = dispute.hold.session
    receipt = session.receipts.filter(kind=Receipt.Kind.RECEIPT).select_related("rating").first()
    lines = [
        f"Electric vehicle charging at station {session.charger.station_id}, {_format_address(session)}.",
        f"The price was shown before the payment. {session.rate_reason}",
    ]
    if session.started_at and session.stopped_at:
        span = f"{session.started_at:%Y-%m-%d %H:%M} to {session.stopped_at:%Y-%m-%d %H:%M} UTC"
        lines.append(f"Charging took place from {span}.")
    if receipt is not None:
        inputs = receipt.document["report"]["inputs"]
        total = money.text(receipt.rating.total_minor, currency=receipt.rating.currency)
        lines += [
            f"The meter read {inputs['meter_start_wh']} Wh at the start and {inputs['meter_stop_wh']} Wh at the end.",
            f"{units.kwh(receipt.rating.energy_wh)} kWh were delivered.",
            f"Receipt {receipt.label} over {total} was issued on {receipt.issued_at:%Y-%m-%d}.",
        ]
    if session.guest_email:
        lines.append(f"The cardholder gave the address {session.guest_email} for the receipt.")
    return "\n".join(lines)


def _taxes(dispute: Dispute) -> list[dict[str, Any]]:
    """Returns what the dispute takes from the receipt's taxes, by rate, as if its amount were refunded."""
    receipt = (
        dispute.hold.session.receipts.filter(kind=Receipt.Kind.RECEIPT).select_related("rating", "session").first()
    )
    if receipt is None:
        return []
    amount = min(dispute.amount_minor, max(refunds.not_given(receipt), 0))
    return [share.as_json() for share in refund_taxes.of_amount(refunds.taxes_left(receipt), amount)]


def _format_address(session: Session) -> str:
    property_ = session.property
    return ", ".join(part for part in (property_.name, property_.address, property_.city) if part)


def answer(dispute_id: int, *, text: str, by: str, now: datetime) -> Dispute:
    """Submits the evidence, once. Raises AnsweredError, NotPossibleError, OutcomeUnknownError.

    The caller records who submitted it.
    """
    dispute = Dispute.objects.select_related("hold__session").get(pk=dispute_id)
    if dispute.state != State.NEEDS_RESPONSE:
        raise AnsweredError(f"This dispute takes no evidence any more: {dispute.get_state_display().lower()}.")
    key, text = f"dispute:{dispute.pk}:answer:1", card_numbers.mask(text)
    dispute_seen = processors.processor(dispute.processor).answer_dispute(dispute.processor_ref, evidence=text, key=key)
    Dispute.objects.filter(pk=dispute.pk).update(evidence=text, answered_by=by[:150])
    return _write(dispute_seen, dispute.hold, now=now)


def _write(reported: ReportedDispute, hold: Hold, *, now: datetime) -> Dispute:
    """Writes the reported state. Events may come in any order, and a decided dispute stays decided."""
    facts: dict[str, Any] = {
        "reason": reported.reason[:60],
        "amount_minor": reported.amount_minor,
        "fee_minor": reported.fee_minor,
        "currency": reported.currency,
        "opened_at": reported.opened_at,
        "respond_before": reported.respond_before,
    }
    with transaction.atomic():
        row, is_new = Dispute.objects.get_or_create(
            processor=hold.processor,
            processor_ref=reported.ref,
            defaults=facts | {"hold": hold, "host_id": hold.session.host_id, "state": State.NEEDS_RESPONSE},
        )
        row = Dispute.objects.select_for_update(of=("self",)).select_related("host", "hold").get(pk=row.pk)
        if is_new:
            deliveries.publish(deliveries.Kind.DISPUTE_OPENED, row, now=now)
        reported_state = State(reported.state.value)
        if _ORDER[reported_state] > _ORDER[State(row.state)]:
            row.state = reported_state
            row.closed_at = None if reported_state in OPEN else now
            row.taxes = _taxes(row) if reported_state == State.LOST else None
            row.save()
            if reported_state not in OPEN:
                deliveries.publish(deliveries.Kind.DISPUTE_DECIDED, row, now=now)
        postings.post_dispute(row, now=now)
        return row
