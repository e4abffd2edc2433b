"""A guest's receipt, by the link of the session: its address left, its company corrected."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from billing.documents import outbox, receipts
from billing.documents.receipts import Company
from billing.formatting import contacts
from billing.models import Receipt, Session
from billing.sessions import lifecycle


def leave_address(session: Session, *, address: str, language: str, now: datetime) -> int:
    """How many documents are on their way there at once; those to come follow when they are issued."""
    with transaction.atomic():
        Session.objects.select_for_update().get(pk=session.pk)
        lifecycle.note_email(session.pk, email=address, language=language)
        ready = list(session.receipts.filter(replaced_by=None).order_by("id"))
        for made in ready:
            outbox.queue(made, address=address, language=language, now=now)
        subject = audit.Subject("session", session.pk, str(session.charger), session.host)
        audit.write("session.address_left", subject, user=None, now=now, after={"address": contacts.masked(address)})
    return len(ready)


def correct(made: Receipt, company: Company, *, now: datetime) -> Receipt:
    """The corrected receipt, which replaces this one. Raises CorrectionError."""
    with transaction.atomic():
        corrected = receipts.correct(made, company, now=now)
        subject = audit.Subject("receipt", corrected.pk, corrected.label, corrected.host)
        before = {"number": made.label}
        after = {"number": corrected.label, "company": company.name, "tax_number": company.tax_number}
        audit.write("receipt.corrected", subject, user=None, now=now, before=before, after=after)
    return corrected
