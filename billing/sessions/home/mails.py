"""Mails of home charging statements: the invoice to the employer, and to each employee their part.

An employer has an address if the contract's contact is one; an employee has that of the driver account that claimed the
charging card. Without an address no mail is sent, and the host downloads the PDFs.
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from billing.formatting.money import money
from billing.models import DriverToken, HomeInvoice, HomePayout
from billing.sessions.documents import outbox


def send_invoice(invoice: HomeInvoice, *, now: datetime) -> None:
    """Mails an invoice and its parts. Call it in the transaction that issues the invoice."""
    if address := _address(invoice.employer_contact):
        outbox.queue_for_home(
            invoice,
            to=address,
            key=f"home_invoice:{invoice.pk}",
            subject=f"Home charging: invoice {invoice.label} of {invoice.host.name}",
            text=_render_employer_text(invoice),
            now=now,
        )
    for payout in invoice.payouts.select_related("contract__token", "invoice__host").order_by("pk"):
        if address := _employee_address(payout):
            outbox.queue_for_home(
                payout,
                to=address,
                key=f"home_payout:{payout.pk}",
                subject=f"Home charging in {invoice.month:%B %Y}",
                text=_render_employee_text(payout),
                now=now,
            )


def _render_employer_text(invoice: HomeInvoice) -> str:
    total, paid_back = (money(minor, invoice.currency) for minor in (invoice.total_minor, invoice.paid_back_minor))
    service = money(invoice.service_fee_minor, invoice.currency)
    tax = money(invoice.service_tax_minor, invoice.currency)
    fee = f" The service fee is {service}, the VAT on it {tax}." if invoice.service_fee_minor else ""
    return (
        f"{invoice.employer}'s employees charged at home for {paid_back} in {invoice.month:%B %Y}.{fee} Invoice "
        f"{invoice.label} over {total} is attached, with every employee and every session.\n\n"
        f"Please name {invoice.label} with your payment."
    )


def _render_employee_text(payout: HomePayout) -> str:
    invoice = payout.invoice
    amount = money(payout.amount_minor, invoice.currency)
    excess = money(payout.over_cap_minor, invoice.currency)
    cap = f" {excess} is above the agreed cap of the month." if payout.over_cap_minor else ""
    return (
        f"{invoice.employer} pays you back {amount} for charging at home in {invoice.month:%B %Y}.{cap} Every session "
        "is in the attached statement."
    )


def _employee_address(payout: HomePayout) -> str:
    owned = DriverToken.objects.filter(token=payout.contract.token_id).select_related("driver__user").first()
    return owned.driver.user.email if owned is not None and owned.driver.user is not None else ""


def _address(contact: str) -> str:
    """Returns the contact if it is just an e-mail address, or an empty text."""
    try:
        validate_email(contact.strip())
    except ValidationError:
        return ""
    return contact.strip()
