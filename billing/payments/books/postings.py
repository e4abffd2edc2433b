"""The postings of each business document, and the sweep that posts what was left out.

A receipt makes the driver (or a partner, or an employer) owe its total: its net to the host, its taxes to the party
that remits them. A capture turns what the driver owes into money at the card processor, less its fee. A refund reverses
this in two steps: its credit note makes the driver owe less, or be owed; each part that goes back to a card pays that.
A dispute sets money aside until the bank has decided.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import CharField, Exists, Model, OuterRef, QuerySet
from django.db.models.functions import Cast

from billing.engine.values import money
from billing.models import (
    Dispute,
    Hold,
    HomeInvoice,
    HomePayout,
    Invoice,
    LedgerEntry,
    PeriodRefund,
    ProcessorTransaction,
    RateAssignment,
    Rating,
    Receipt,
    Receivable,
    Refund,
    RefundPart,
    SubscriptionPeriod,
)
from billing.payments.books import ledger
from billing.payments.books.ledger import Cause, Code, Movement
from chargers.lib import batch
from chargers.models import Host

M = TypeVar("M", bound=Model)

_Audience = RateAssignment.Audience
_OWES: Final = {
    _Audience.GUEST: Code.GUEST_RECEIVABLE,
    _Audience.MEMBER: Code.GUEST_RECEIVABLE,
    _Audience.ROAMING: Code.ROAMING_RECEIVABLE,
    _Audience.REIMBURSEMENT: Code.EMPLOYER_RECEIVABLE,
}
_MAX_AT_ONCE: Final = 500


def receipt_issued(receipt: Receipt, *, now: datetime) -> LedgerEntry | None:
    """Posts the receipt, less a processing fee that the host bears.

    Call it in the transaction that issues the receipt.
    """
    rating = receipt.rating
    processing_minor = _processing_fee_minor(rating)
    lines = _sale_lines(receipt, net_minor=rating.net_minor, tax_minor=rating.tax_minor)
    movement = Movement(
        host=receipt.host,
        session_id=receipt.session_id,
        currency=rating.currency,
        cause=Cause(type="receipt", id=str(receipt.pk), kind="issued"),
        lines=_merge_lines(lines, {Code.HOST_PAYABLE: processing_minor, Code.PLATFORM_REVENUE: -processing_minor}),
        memo=f"Receipt {receipt.label}, {money.text(rating.total_minor, currency=rating.currency)}",
        occurred_at=receipt.issued_at,
    )
    return ledger.post(movement, now=now)


def receipt_corrected(receipt: Receipt, *, before: Rating, now: datetime) -> LedgerEntry | None:
    """Posts the difference of a corrected receipt over another amount. Call it in the transaction that issues it."""
    rating = receipt.rating
    processing_minor = _processing_fee_minor(rating) - _processing_fee_minor(before)
    lines = _sale_lines(
        receipt, net_minor=rating.net_minor - before.net_minor, tax_minor=rating.tax_minor - before.tax_minor
    )
    difference_text = money.text(rating.total_minor - before.total_minor, currency=rating.currency)
    movement = Movement(
        host=receipt.host,
        session_id=receipt.session_id,
        currency=rating.currency,
        cause=Cause(type="receipt", id=str(receipt.pk), kind="corrected"),
        lines=_merge_lines(lines, {Code.HOST_PAYABLE: processing_minor, Code.PLATFORM_REVENUE: -processing_minor}),
        memo=f"Corrected receipt {receipt.label}: {difference_text} more",
        occurred_at=receipt.issued_at,
    )
    return ledger.post(movement, now=now)


def _sale_lines(receipt: Receipt, *, net_minor: int, tax_minor: int) -> dict[Code, int]:
    """Returns the postings of a sale; negative for a refund.

    What the host collects itself is not a debt of the platform: it is posted to a pair of accounts of its own, and the
    host remits its tax.
    """
    total = net_minor + tax_minor
    if receipt.collected_by == Receipt.Collector.HOST:
        return {Code.HOST_CLAIMS: total, Code.HOST_SALES: -total}
    owed_by = _OWES[_Audience(receipt.session.audience)]
    return {owed_by: total, Code.TAX_PAYABLE: -tax_minor, Code.HOST_PAYABLE: -net_minor}


def _merge_lines(*parts: Mapping[Code, int]) -> dict[Code, int]:
    lines: dict[Code, int] = {}
    for code, amount in ((code, amount) for part in parts for code, amount in part.items()):
        lines[code] = lines.get(code, 0) + amount
    return lines


def _processing_fee_minor(rating: Rating) -> int:
    """Returns the processing fee that the host bears."""
    return sum(line["amount"] for line in rating.report.get("host_costs", ()))


def hold_captured(hold: Hold, *, now: datetime) -> LedgerEntry | None:
    """Posts the capture. Call it in the transaction that learns of it: only the processor knows whether money moved."""
    amount = money.text(hold.captured_minor, currency=hold.currency)
    movement = Movement(
        host=hold.session.host,
        session_id=hold.session_id,
        currency=hold.currency,
        cause=Cause(type="hold", id=str(hold.pk), kind="captured"),
        lines={Code.PROCESSOR_CLEARING: hold.captured_minor, Code.GUEST_RECEIVABLE: -hold.captured_minor},
        memo=f"Card ending {hold.last4 or '????'}: {amount} taken",
        occurred_at=hold.finished_at or now,
    )
    return ledger.post(movement, now=now)


def fee_kept(hold: Hold, *, now: datetime) -> LedgerEntry | None:
    """Posts the processor's fee for a payment, once it has been reported."""
    fee = money.text(hold.fee_minor or 0, currency=hold.currency)
    movement = Movement(
        host=hold.session.host,
        session_id=hold.session_id,
        currency=hold.currency,
        cause=Cause(type="hold", id=str(hold.pk), kind="fee"),
        lines={Code.PROCESSOR_FEES: hold.fee_minor or 0, Code.PROCESSOR_CLEARING: -(hold.fee_minor or 0)},
        memo=f"Card ending {hold.last4 or '????'}: the processor kept {fee}",
        occurred_at=hold.finished_at or now,
    )
    return ledger.post(movement, now=now)


def given_up(receivable: Receivable, *, now: datetime) -> LedgerEntry | None:
    """Posts a debt that is written off: the host bears it. Call it in the transaction that writes it off."""
    amount = money.text(receivable.left_minor, currency=receivable.currency)
    movement = Movement(
        host=receivable.host,
        session_id=receivable.session_id,
        currency=receivable.currency,
        cause=Cause(type="receivable", id=str(receivable.pk), kind="given_up"),
        lines={Code.WRITTEN_OFF: receivable.left_minor, Code.GUEST_RECEIVABLE: -receivable.left_minor},
        memo=f"{amount} given up: {receivable.answer}",
        occurred_at=receivable.closed_at or now,
    )
    return ledger.post(movement, now=now)


def fee_corrected(
    reported: ProcessorTransaction,
    host: Host,
    *,
    last4: str,
    known_minor: int,
    now: datetime,
    session_id: UUID | None = None,
) -> LedgerEntry | None:
    """Posts the difference between the fee in the processor's list and the fee we recorded."""
    extra_fee_minor = reported.fee_minor - known_minor
    fee = money.text(reported.fee_minor, currency=reported.currency)
    movement = Movement(
        host=host,
        session_id=session_id,
        currency=reported.currency,
        cause=Cause(type="movement", id=str(reported.pk), kind="fee"),
        lines={Code.PROCESSOR_FEES: extra_fee_minor, Code.PROCESSOR_CLEARING: -extra_fee_minor},
        memo=f"Card ending {last4 or '????'}: the processor kept {fee} in the end",
        occurred_at=reported.made_at,
    )
    return ledger.post(movement, now=now)


def put_in_suspense(reported: ProcessorTransaction, host: Host, *, now: datetime) -> LedgerEntry | None:
    """Posts a movement that a person assigned to a host; its purpose is not in the books."""
    movement = Movement(
        host=host,
        currency=reported.currency,
        cause=Cause(type="movement", id=str(reported.pk), kind="suspense"),
        lines={Code.PROCESSOR_CLEARING: reported.net_minor, Code.BANK_SUSPENSE: -reported.net_minor},
        memo=f"{reported.ref}: {reported.finding}",
        occurred_at=reported.made_at,
    )
    return ledger.post(movement, now=now)


def post_dispute(dispute: Dispute, *, now: datetime) -> None:
    """Posts a dispute or its end, each once. Call it in the transaction that learns of it."""
    amount, fee = dispute.amount_minor, dispute.fee_minor
    _dispute(
        dispute,
        kind="opened",
        lines={Code.DISPUTE_HOLD: amount, Code.PROCESSOR_FEES: fee, Code.PROCESSOR_CLEARING: -amount - fee},
        at=dispute.opened_at,
        now=now,
    )
    if dispute.state == Dispute.State.WON:
        back = {Code.PROCESSOR_CLEARING: amount, Code.DISPUTE_HOLD: -amount}
        _dispute(dispute, kind="won", lines=back, at=dispute.closed_at or now, now=now)
    elif dispute.state == Dispute.State.LOST:
        tax = sum(
            group["tax"] for group in dispute.taxes or ()
        )  # null in older rows, which are posted as they were then
        loss_lines = {Code.HOST_PAYABLE: amount - tax, Code.TAX_PAYABLE: tax, Code.DISPUTE_HOLD: -amount}
        _dispute(dispute, kind="lost", lines=loss_lines, at=dispute.closed_at or now, now=now)


def _dispute(dispute: Dispute, *, kind: str, lines: ledger.Lines, at: datetime, now: datetime) -> None:
    amount = money.text(dispute.amount_minor, currency=dispute.currency)
    movement = Movement(
        host=dispute.host,
        session_id=dispute.hold.session_id,
        currency=dispute.currency,
        cause=Cause(type="dispute", id=str(dispute.pk), kind=kind),
        lines=lines,
        memo=f"Card ending {dispute.hold.last4 or '????'}: dispute of {amount} {kind}",
        occurred_at=at,
    )
    ledger.post(movement, now=now)


def post_refund(refund: Refund, *, now: datetime) -> LedgerEntry | None:
    """Posts the credit note; the party at fault bears the net. Call it in the transaction that issues the credit note.

    The driver (or a partner, or an employer) owes less by the whole refund, and may then be owed it: money going back
    to a card is an entry of its own, once the processor has confirmed it.
    """
    lines = _sale_lines(refund.receipt, net_minor=-refund.net_minor, tax_minor=-refund.tax_minor)
    if refund.fault == Refund.Fault.PLATFORM:
        lines = _merge_lines(lines, {Code.PLATFORM_REVENUE: refund.net_minor, Code.HOST_PAYABLE: -refund.net_minor})
    amount = money.text(refund.total_minor, currency=refund.currency)
    movement = Movement(
        host=refund.host,
        session_id=refund.receipt.session_id,
        currency=refund.currency,
        cause=Cause(type="refund", id=str(refund.pk), kind="credited"),
        lines=lines,
        memo=f"Credit note {refund.credit_note} for receipt {refund.receipt}: {amount} to be given back",
        occurred_at=now,
    )
    return ledger.post(movement, now=now)


def part_refunded(part: RefundPart, refund: Refund, *, now: datetime) -> LedgerEntry | None:
    """Posts money that went back to a card. Call it in the transaction that learns of it: only the processor knows."""
    assert part.hold is not None
    amount = money.text(part.amount_minor, currency=refund.currency)
    memo = f"Credit note {refund.credit_note}: {amount} went back to the card ending {part.hold.last4 or '????'}"
    return _post_refund_part(part, refund, kind="refunded", out_of=Code.PROCESSOR_CLEARING, memo=memo, now=now)


def part_given_otherwise(part: RefundPart, *, payer: Code, now: datetime) -> LedgerEntry | None:
    """Posts a part that a person gave back.

    Call it in the transaction that records it; `payer` is the party that paid.
    """
    refund = part.refund
    amount = money.text(part.amount_minor, currency=refund.currency)
    memo = f"Credit note {refund.credit_note}: {amount} was given back another way: {part.note}"
    return _post_refund_part(part, refund, kind="otherwise", out_of=payer, memo=memo, now=now)


def _post_refund_part(
    part: RefundPart, refund: Refund, *, kind: str, out_of: Code, memo: str, now: datetime
) -> LedgerEntry | None:
    owed_by = _OWES[_Audience(refund.receipt.session.audience)]
    movement = Movement(
        host=refund.host,
        session_id=refund.receipt.session_id,
        currency=refund.currency,
        cause=Cause(type="refund_part", id=str(part.pk), kind=kind),
        lines={owed_by: part.amount_minor, out_of: -part.amount_minor},
        memo=memo,
        occurred_at=part.finished_at or now,
    )
    return ledger.post(movement, now=now)


def home_invoice_issued(invoice: HomeInvoice, *, now: datetime) -> LedgerEntry | None:
    """Posts the invoice: the employer owes what the employees get, and the host's fee, which is earned once it is paid.

    Call it in the transaction that issues the invoice.
    """
    amount = money.text(invoice.total_minor, currency=invoice.currency)
    lines = {
        Code.EMPLOYER_RECEIVABLE: invoice.total_minor,
        Code.EMPLOYEE_PAYABLE: -invoice.paid_back_minor,
        Code.TAX_PAYABLE: -invoice.service_tax_minor,
        Code.SUBSCRIPTION_DEFERRED: -invoice.service_fee_minor,
    }
    memo = f"Invoice {invoice.label} to {invoice.employer} for {invoice.month:%B %Y}: {amount}"
    return ledger.post(_home(invoice, "issued", lines=lines, memo=memo, at=invoice.issued_at), now=now)


def home_invoice_paid(invoice: HomeInvoice, *, now: datetime) -> LedgerEntry | None:
    """Posts the employer's payment, with which the host has earned its fee.

    Call it in the transaction that records the payment.
    """
    lines = {
        Code.BANK: invoice.total_minor,
        Code.EMPLOYER_RECEIVABLE: -invoice.total_minor,
        Code.SUBSCRIPTION_DEFERRED: invoice.service_fee_minor,
        Code.HOST_PAYABLE: -invoice.service_fee_minor,
    }
    memo = f"{invoice.employer} paid invoice {invoice.label} {invoice.paid_reference}".strip()
    movement = _home(invoice, "paid", lines=lines, memo=memo, at=invoice.paid_at or now)
    return ledger.post(replace(movement, cause=_paid_again("home_invoice", invoice.pk)), now=now)


def home_payout_paid(payout: HomePayout, *, now: datetime) -> LedgerEntry | None:
    """Posts the employee's payment. Call it in the transaction that records it."""
    invoice = payout.invoice
    movement = Movement(
        host=invoice.host,
        currency=invoice.currency,
        cause=_paid_again("home_payout", payout.pk),
        lines={Code.EMPLOYEE_PAYABLE: payout.amount_minor, Code.BANK: -payout.amount_minor},
        memo=f"{payout.contract.name} was paid for {invoice.month:%B %Y} {payout.paid_reference}".strip(),
        occurred_at=payout.paid_at or now,
    )
    return ledger.post(movement, now=now)


def home_payment_reversed(source_type: str, key: int, *, now: datetime) -> LedgerEntry | None:
    """Reverses a payment of home charging. Call it in the transaction that takes the payment back."""
    paid = LedgerEntry.objects.filter(source_type=source_type, source_id=str(key), kind="paid", reversed_by=None)
    entry = paid.order_by("-generation").first()
    return ledger.reverse(entry, memo=f"{entry.memo}: recorded by mistake", now=now) if entry else None


def _paid_again(source_type: str, key: int) -> Cause:
    """Returns the cause of a payment, counting the reversed payments before it."""
    before = LedgerEntry.objects.filter(source_type=source_type, source_id=str(key), kind="paid")
    generation = before.exclude(reversed_by=None).count() + 1
    return Cause(type=source_type, id=str(key), kind="paid", generation=generation)


def post_invoice(invoice: Invoice, *, now: datetime) -> LedgerEntry | None:
    """Posts the invoice: the driver owes it, and it is not earned yet.

    Call it in the transaction that issues the invoice.
    """
    document = invoice.document
    lines = {
        Code.GUEST_RECEIVABLE: document["total"],
        Code.TAX_PAYABLE: -document["tax"],
        Code.SUBSCRIPTION_DEFERRED: -document["net"],
    }
    return _post_invoice_entry(invoice, kind="issued", lines=lines, memo=f"Invoice {invoice.label}", now=now)


def period_credited(note: Invoice, *, now: datetime) -> LedgerEntry | None:
    """Posts the credit note: the driver owes less, or is owed it.

    Call it in the transaction that issues the credit note.
    """
    document = note.document
    lines = {
        Code.SUBSCRIPTION_DEFERRED: document["net"],
        Code.TAX_PAYABLE: document["tax"],
        Code.GUEST_RECEIVABLE: -document["total"],
    }
    return _post_invoice_entry(note, kind="refunded", lines=lines, memo=f"Credit note {note.label}", now=now)


def period_paid(period: SubscriptionPeriod, *, amount_minor: int, now: datetime) -> LedgerEntry | None:
    """Posts the payment, perhaps only of what a credit note left of the fee.

    Call it in the transaction that learns of it.
    """
    lines = {Code.PROCESSOR_CLEARING: amount_minor, Code.GUEST_RECEIVABLE: -amount_minor}
    return _post_period_entry(period, kind="paid", lines=lines, memo=f"Plan {period.version.plan}: fee taken", now=now)


def period_given_back(refund: PeriodRefund, *, now: datetime) -> LedgerEntry | None:
    """Posts money that went back to the card. Call it in the transaction that records it."""
    lines = {Code.GUEST_RECEIVABLE: refund.amount_minor, Code.PROCESSOR_CLEARING: -refund.amount_minor}
    memo, kind = f"Plan {refund.period.version.plan}: given back to the card", f"given_back:{refund.number}"
    return _post_period_entry(refund.period, kind=kind, lines=lines, memo=memo, now=now)


def period_given_otherwise(refund: PeriodRefund, *, now: datetime) -> LedgerEntry | None:
    """Posts a refund from the platform's bank account. Call it in the transaction that records an agent's refund."""
    lines = {Code.GUEST_RECEIVABLE: refund.amount_minor, Code.BANK: -refund.amount_minor}
    amount = money.text(refund.amount_minor, currency=refund.period.currency)
    memo = f"Plan {refund.period.version.plan}: {amount} was given back another way: {refund.note}"
    return _post_period_entry(refund.period, kind=f"otherwise:{refund.number}", lines=lines, memo=memo, now=now)


def period_earned(period: SubscriptionPeriod, *, now: datetime) -> LedgerEntry | None:
    """Posts a finished period: what is left of its fee is the host's.

    Call it in the transaction that records the end.
    """
    notes = period.invoices.all()
    net = sum(invoice.document["net"] * (-1 if invoice.kind == Invoice.Kind.CREDIT_NOTE else 1) for invoice in notes)
    lines = {Code.SUBSCRIPTION_DEFERRED: net, Code.HOST_PAYABLE: -net}
    return _post_period_entry(
        period, kind="earned", lines=lines, memo=f"Plan {period.version.plan}: period over", now=now
    )


def _post_invoice_entry(
    invoice: Invoice, *, kind: str, lines: ledger.Lines, memo: str, now: datetime
) -> LedgerEntry | None:
    movement = Movement(
        host=invoice.host,
        currency=invoice.document["currency"],
        cause=Cause(type="invoice", id=str(invoice.pk), kind=kind),
        lines=lines,
        memo=f"{memo}, {money.text(invoice.document['total'], currency=invoice.document['currency'])}",
        occurred_at=invoice.issued_at,
    )
    return ledger.post(movement, now=now)


def _home(invoice: HomeInvoice, kind: str, *, lines: ledger.Lines, memo: str, at: datetime) -> Movement:
    return Movement(
        host=invoice.host,
        currency=invoice.currency,
        cause=Cause(type="home_invoice", id=str(invoice.pk), kind=kind),
        lines=lines,
        memo=memo,
        occurred_at=at,
    )


def _post_period_entry(
    period: SubscriptionPeriod, *, kind: str, lines: ledger.Lines, memo: str, now: datetime
) -> LedgerEntry | None:
    movement = Movement(
        host=period.subscription.host,
        currency=period.currency,
        cause=Cause(type="period", id=str(period.pk), kind=kind),
        lines=lines,
        memo=memo,
        occurred_at=now,
    )
    return ledger.post(movement, now=now)


def catch_up(*, now: datetime) -> int:
    """Posts documents that have no entry yet, such as those from before the books.

    A failure does not stop the others.
    """
    receipts = _filter_unposted(
        Receipt.objects.filter(kind=Receipt.Kind.RECEIPT, rating__total_minor__gt=0), "receipt", "issued"
    )
    captured = Hold.objects.filter(state=Hold.State.CAPTURED, captured_minor__gt=0).select_related("session__host")
    posted_count = _post_each(
        receipts.select_related("host", "rating", "session"), receipt_issued, posting_kind="issued", now=now
    )
    posted_count += _post_each(
        _filter_unposted(captured, "hold", "captured"), hold_captured, posting_kind="captured", now=now
    )
    fees = _filter_unposted(captured.filter(fee_minor__gt=0), "hold", "fee")
    return posted_count + _post_each(fees, fee_kept, posting_kind="fee", now=now)


def _filter_unposted(rows: QuerySet[M], source_type: str, kind: str) -> QuerySet[M]:
    this = Cast(OuterRef("pk"), output_field=CharField())
    entries = LedgerEntry.objects.filter(source_type=source_type, source_id=this, kind=kind)
    return rows.filter(~Exists(entries)).order_by("pk")


def _post_each(rows: QuerySet[Any], work: Callable[..., object], *, posting_kind: str, now: datetime) -> int:
    def post(pk: object) -> bool:
        row = rows.filter(pk=pk).first()
        if row is not None:
            with transaction.atomic():
                work(row, now=now)
        return row is not None

    return batch.run_for_rows(rows, post, failure=f"could not be posted as {posting_kind}", limit=_MAX_AT_ONCE)
