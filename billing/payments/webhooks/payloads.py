"""Payloads of events: plain values, amounts in minor units, times as UTC texts, without personal names."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

from billing.engine.values import units
from billing.models import (
    Complaint,
    Dispute,
    HomeInvoice,
    Invoice,
    Payout,
    Rating,
    Receipt,
    Session,
    Statement,
    Subscription,
    SubscriptionPeriod,
)

Subject = (
    Session
    | Receipt
    | Complaint
    | Dispute
    | Subscription
    | SubscriptionPeriod
    | Invoice
    | HomeInvoice
    | Statement
    | Payout
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The host of an event, known without a query."""

    host_id: int
    key: str


def owner(subject: Subject) -> Owner:
    """Returns the owner. `key` identifies the subject; together with the event's kind it is the natural key."""
    match subject:
        case SubscriptionPeriod():
            return Owner(host_id=subject.subscription.host_id, key=str(subject.pk))
        case _:
            return Owner(host_id=subject.host_id, key=str(subject.pk))


def data(subject: Subject) -> dict[str, Any]:
    """Returns the event's `data`, read again from the database with the transaction's changes. A few queries."""
    match subject:
        case Session():
            return _session(subject)
        case Receipt():
            return _receipt(subject)
        case Complaint():
            return _complaint(subject)
        case Dispute():
            return _dispute(subject)
        case Subscription():
            return _subscription(subject, subject.periods.order_by("-number").first())
        case SubscriptionPeriod():
            return _subscription(subject.subscription, subject)
        case Invoice():
            return _invoice(subject)
        case HomeInvoice():
            return _home_invoice(subject)
        case Statement():
            return _statement(subject)
        case Payout():
            raise NotImplementedError("a payout's payload is made by `billing.payouts.cycle.wording.facts`")
        case _:
            assert_never(subject)


def _session(subject: Session) -> dict[str, Any]:
    session = Session.objects.select_related("property", "charger").get(pk=subject.pk)
    ratings = session.ratings.filter(kind=Rating.Kind.FINAL) if session.state == Session.State.SETTLED else None
    rating = ratings.first() if ratings is not None else None
    receipt = session.receipts.filter(kind=Receipt.Kind.RECEIPT).first()
    return {
        "id": str(session.pk),
        "state": session.state,
        "reason": session.state_reason,
        "property": session.property.slug,
        "charger": session.charger.charger_id,
        "station_id": session.charger.station_id,
        "evse": session.evse_number,
        "audience": session.audience,
        "opened_at": _text(session.opened_at),
        "started_at": _text(session.started_at),
        "stopped_at": _text(session.stopped_at),
        "unplugged_at": _text(session.unplugged_at),
        "settled_at": _text(session.settled_at),
        "energy_wh": rating.energy_wh if rating else None,
        "total_minor": rating.total_minor if rating else 0 if session.state != Session.State.HELD else None,
        "tax_minor": rating.tax_minor if rating else 0 if session.state != Session.State.HELD else None,
        "currency": rating.currency if rating else None,
        "receipt": receipt.label if receipt else None,
    }


def _receipt(receipt: Receipt) -> dict[str, Any]:
    """Returns a receipt. A credit note's amounts are negative, as in lists of receipts and in statements."""
    document = receipt.document
    is_credit = receipt.kind == Receipt.Kind.CREDIT_NOTE
    amounts = _taken_back(document) if is_credit else document["report"]
    return {
        "id": receipt.pk,
        "number": receipt.label,
        "kind": receipt.kind,
        "session": str(receipt.session_id),
        "issued_at": _text(receipt.issued_at),
        "total_minor": amounts["total"],
        "net_minor": amounts["net"],
        "tax_minor": amounts["tax"],
        "currency": receipt.rating.currency,
        "replaces": document.get("replaces"),
        "credit_of": document.get("credit_of"),
        "reason": document.get("reason"),
    }


def _complaint(complaint: Complaint) -> dict[str, Any]:
    """Returns a complaint without the guest's address, which is for people only."""
    receipt = complaint.receipt
    return {
        "id": complaint.pk,
        "receipt": receipt.label,
        "session": str(receipt.session_id),
        "state": complaint.state,
        "about": complaint.about,
        "text": complaint.text,
        "answer": complaint.answer,
        "refund": str(complaint.refund_id) if complaint.refund_id else None,
        "asked_at": _text(complaint.asked_at),
        "answered_at": _text(complaint.answered_at),
    }


def _dispute(dispute: Dispute) -> dict[str, Any]:
    return {
        "id": dispute.pk,
        "session": str(dispute.hold.session_id),
        "state": dispute.state,
        "reason": dispute.reason,
        "amount_minor": dispute.amount_minor,
        "fee_minor": dispute.fee_minor,
        "currency": dispute.currency,
        "opened_at": _text(dispute.opened_at),
        "respond_before": _text(dispute.respond_before),
        "closed_at": _text(dispute.closed_at),
    }


def _subscription(subject: Subscription, period: SubscriptionPeriod | None) -> dict[str, Any]:
    subscription = Subscription.objects.select_related("plan").get(pk=subject.pk)
    return {
        "id": str(subscription.pk),
        "plan": subscription.plan.slug,
        "state": subscription.state,
        "created_at": _text(subscription.created_at),
        "past_due_since": _text(subscription.past_due_since),
        "ended_at": _text(subscription.ended_at),
        "end_reason": subscription.end_reason,
        "period": _period(period) if period else None,
    }


def _period(period: SubscriptionPeriod) -> dict[str, Any]:
    return {
        "number": period.number,
        "begins_at": _text(period.begins_at),
        "ends_at": _text(period.ends_at),
        "total_minor": period.total_minor,
        "tax_minor": period.tax_minor,
        "currency": period.currency,
        "state": period.state,
        "failure": period.failure,
    }


def _taken_back(document: dict[str, Any]) -> dict[str, int]:
    return {name: -document[name] for name in ("total", "net", "tax")}


def _invoice(invoice: Invoice) -> dict[str, Any]:
    """Returns an invoice. A credit note's amounts are negative."""
    document = invoice.document
    amounts = _taken_back(document) if invoice.kind == Invoice.Kind.CREDIT_NOTE else document
    return {
        "id": invoice.pk,
        "number": invoice.label,
        "kind": invoice.kind,
        "subscription": str(invoice.period.subscription_id),
        "plan": document["plan"],
        "from": document["from"],
        "to": document["to"],
        "total_minor": amounts["total"],
        "net_minor": amounts["net"],
        "tax_minor": amounts["tax"],
        "currency": document["currency"],
        "credit_of": document.get("credit_of"),
        "issued_at": _text(invoice.issued_at),
    }


def _home_invoice(invoice: HomeInvoice) -> dict[str, Any]:
    return {
        "id": invoice.pk,
        "number": invoice.label,
        "employer": invoice.employer,
        "month": f"{invoice.month:%Y-%m}",
        "energy_wh": invoice.energy_wh,
        "total_minor": invoice.total_minor,
        "service_fee_minor": invoice.service_fee_minor,
        "service_tax_minor": invoice.service_tax_minor,
        "currency": invoice.currency,
        "issued_at": _text(invoice.issued_at),
    }


def _statement(closed_statement: Statement) -> dict[str, Any]:
    """Returns a statement."""
    return {
        "id": closed_statement.pk,
        "number": closed_statement.label,
        "property": closed_statement.property.slug if closed_statement.property else None,
        "kind": closed_statement.kind,
        "period": f"{closed_statement.begins_on:%Y}"
        if closed_statement.kind == Statement.Kind.YEAR
        else f"{closed_statement.begins_on:%Y-%m}",
        "from": _text(closed_statement.begins_at),
        "to": _text(closed_statement.ends_at),
        "time_zone": closed_statement.time_zone,
        "currency": closed_statement.currency,
        "opening_minor": closed_statement.opening_minor,
        "closing_minor": closed_statement.closing_minor,
        "lines": closed_statement.lines,
        "csv_sha256": closed_statement.csv_sha256,
        "pdf_sha256": closed_statement.pdf_sha256,
        "made_at": _text(closed_statement.made_at),
    }


def _text(at: datetime | None) -> str | None:
    return units.utc_text(at) if at else None
