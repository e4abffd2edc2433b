"""Home charging: bills a month to employers, and records their payment and the employees'."""

from datetime import date, datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.engine.values import money
from billing.models import HomeInvoice, HomePayout
from billing.sessions.home import home_charging
from chargers.models import Host


def close(host: Host, month: date, *, by: User | ApiKey, now: datetime) -> list[HomeInvoice]:
    """Invoices a month to every employer who owes something for it. Raises NotAllowedError and NotOverError."""
    access.require(by, Right.HANDLE_MONEY, host)
    with transaction.atomic():
        new_invoices = home_charging.close(host, month, now=now)
        for invoice in new_invoices:
            audit.write("home_charging.billed", _subject(invoice), user=by, now=now, after=_audit_values(invoice))
    return new_invoices


def invoice_paid(invoice: HomeInvoice, *, reference: str, by: User | ApiKey, now: datetime) -> bool:
    """Records that the employer paid; False if that was recorded before. Raises NotAllowedError."""
    access.require(by, Right.HANDLE_MONEY, invoice.host)
    with transaction.atomic():
        is_new = home_charging.record_payment(invoice, reference=reference, now=now)
        if is_new:
            audit.write("home_charging.received", _subject(invoice), user=by, now=now, reason=reference)
    return is_new


def payout_paid(payout: HomePayout, *, reference: str, by: User | ApiKey, now: datetime) -> bool:
    """Records that the employee was paid; False if that was recorded before. Raises NotAllowedError."""
    access.require(by, Right.HANDLE_MONEY, payout.invoice.host)
    after = {"employee": payout.contract.name, "amount_minor": payout.amount_minor}
    with transaction.atomic():
        is_new = home_charging.paid_out(payout, reference=reference, now=now)
        if is_new:
            subject = _subject(payout.invoice)
            audit.write("home_charging.paid_out", subject, user=by, now=now, after=after, reason=reference)
    return is_new


def _audit_values(invoice: HomeInvoice) -> dict[str, object]:
    total = money.text(invoice.total_minor, currency=invoice.currency)
    return {"employer": invoice.employer, "month": f"{invoice.month:%Y-%m}", "total": total}


def _subject(invoice: HomeInvoice) -> audit.Subject:
    return audit.Subject("home_invoice", invoice.pk, invoice.label, invoice.host)
