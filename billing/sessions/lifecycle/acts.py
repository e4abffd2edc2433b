"""Receipts of a session: an address and a company entered by the session's link; a mail sent again by an agent."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import User
from authorization.people import access
from authorization.people.roles import Right
from billing.formatting import contacts
from billing.models import Receipt, Session
from billing.sessions.documents import outbox, receipts
from billing.sessions.documents.receipts import Company
from billing.sessions.lifecycle import lifecycle


def leave_address(session: Session, *, address: str, language: str, now: datetime) -> int:
    """Stores the address and mails existing documents; later ones follow when issued.

    Returns how many are mailed at once.
    """
    with transaction.atomic():
        Session.objects.select_for_update().get(pk=session.pk)
        lifecycle.note_email(session.pk, email=address, language=language)
        ready = list(session.receipts.filter(replaced_by=None).order_by("id"))
        for document in ready:
            outbox.queue(document, address=address, language=language, now=now)
        subject = audit.Subject("session", session.pk, str(session.charger), session.host)
        audit.write(
            "session.address_left", subject, user=None, now=now, after={"address": contacts.mask_address(address)}
        )
    return len(ready)


def correct(original: Receipt, company: Company, *, now: datetime) -> Receipt:
    """Issues the corrected receipt, which replaces this one. Raises CorrectionError."""
    with transaction.atomic():
        corrected = receipts.correct(original, company, now=now)
        subject = audit.Subject("receipt", corrected.pk, corrected.label, corrected.host)
        before = {"number": original.label}
        after = {"number": corrected.label, "company": company.name, "tax_number": company.tax_number}
        audit.write("receipt.corrected", subject, user=None, now=now, before=before, after=after)
    return corrected


def send_again(issued_receipt: Receipt, *, address: str, language: str, by: User, now: datetime) -> None:
    """Mails the document to the address, even if it was sent there before. Raises NotAllowedError."""
    access.require(by, Right.SEE_MONEY, issued_receipt.host)
    with transaction.atomic():
        outbox.queue(issued_receipt, address=address, language=language, now=now)
        subject = audit.Subject("receipt", issued_receipt.pk, issued_receipt.label, issued_receipt.host)
        audit.write("receipt.sent_again", subject, user=by, now=now, after={"address": contacts.mask_address(address)})
