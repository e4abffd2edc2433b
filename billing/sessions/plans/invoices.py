"""Documents of subscriptions: invoices and credit notes, numbered without gaps in a series of their own."""

from datetime import datetime
from typing import Any

from billing.engine.values import units
from billing.models import Invoice, PlanChange, SubscriptionPeriod
from billing.payments.webhooks import deliveries
from billing.sessions.documents.numbering import next_place
from billing.sessions.plans import change_terms
from chargers.models import Host


def issue(period: SubscriptionPeriod, *, now: datetime) -> Invoice:
    """Issues the invoice of a period. Call it in the transaction in which it becomes due, or is paid."""
    document = _build_document(period) | {
        "total": period.total_minor,
        "tax": period.tax_minor,
        "net": period.total_minor - period.tax_minor,
    }
    if (change := getattr(period, "change", None)) is not None:
        document["change"] = change_terms.serialize(change_terms.calculate(change))
        note = change.period.invoices.filter(kind=Invoice.Kind.CREDIT_NOTE).first()
        document["set_off"] = note.label if note else ""
    return _create_invoice(period, kind=Invoice.Kind.INVOICE, series="S", document=document, now=now)


def credit(period: SubscriptionPeriod, *, total_minor: int, tax_minor: int, now: datetime) -> Invoice:
    """Issues the credit note of a refund. Call it in the transaction that records the refund."""
    return _create_credit_note(
        period, {"total": total_minor, "tax": tax_minor, "net": total_minor - tax_minor}, now=now
    )


def credit_change(change: PlanChange, *, now: datetime) -> Invoice:
    """Issues the credit note for the unused rest of the old plan. Call it in the transaction of the change."""
    amounts = {
        "total": change.credit_minor,
        "tax": change.credit_tax_minor,
        "net": change.credit_minor - change.credit_tax_minor,
        "change": change_terms.serialize(change_terms.calculate(change)),
    }
    return _create_credit_note(change.period, amounts, now=now)


def _create_credit_note(period: SubscriptionPeriod, amounts: dict[str, Any], *, now: datetime) -> Invoice:
    invoice = period.invoices.get(kind=Invoice.Kind.INVOICE)
    document = _build_document(period) | amounts | {"credit_of": invoice.label}
    return _create_invoice(period, kind=Invoice.Kind.CREDIT_NOTE, series="SC", document=document, now=now)


def _build_document(period: SubscriptionPeriod) -> dict[str, Any]:
    version, host = period.version, period.subscription.host
    return {
        "operator": _operator(host),
        "plan": version.plan.name,
        "version": version.number,
        "from": units.utc_text(period.begins_at),
        "to": units.utc_text(period.ends_at),
        "time_zone": period.subscription.time_zone,
        "full": period.full_minor,
        "tax_pct": str(version.tax_pct),
        "included_wh": period.included_wh,
        "discount_pct": str(version.discount_pct),
        "waives": version.waives,
        "currency": period.currency,
        "last4": period.last4,
    }


def _operator(host: Host) -> dict[str, Any]:
    return {
        "name": host.legal_name or host.name,
        "brand": host.name,
        "country": host.country,
        "legal_address": host.legal_address,
        "tax_number": host.tax_number,
    }


def _create_invoice(
    period: SubscriptionPeriod, *, kind: Invoice.Kind, series: str, document: dict[str, Any], now: datetime
) -> Invoice:
    host = period.subscription.host
    numbering = next_place(host.pk, prefix=series, zone=period.subscription.time_zone, now=now)
    invoice = Invoice(
        host=host, series=numbering.series, number=numbering.number, kind=kind, period=period, issued_at=now
    )
    invoice.document = document | {"number": invoice.label, "issued_at": units.utc_text(now)}
    invoice.save(force_insert=True)
    is_credit = kind == Invoice.Kind.CREDIT_NOTE
    deliveries.publish(
        deliveries.Kind.INVOICE_CREDITED if is_credit else deliveries.Kind.INVOICE_ISSUED, invoice, now=now
    )
    return invoice
