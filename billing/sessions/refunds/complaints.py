"""Complaints: a guest reports an error on a receipt; the host refunds something, or answers with a sentence."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from billing.models import Complaint, Receipt, Session
from billing.payments.webhooks import deliveries
from billing.sessions.documents import receipts
from billing.sessions.refunds import complaint_answers, refunds
from chargers.lib.i18n import mark
from chargers.text import card_numbers

About = Complaint.About
State = Complaint.State
LONGEST: Final = 1000
TAKEN_FOR: Final = timedelta(days=120)
"""The usual time in which cardholders may dispute a payment at their bank."""
_LIMIT: Final = 3
_TWICE: Final = mark("You have said already what is wrong; the host's answer appears here.")
_TOO_MANY: Final = mark("You have complained three times about this session: write to the host instead.")
_TOO_OLD: Final = mark("This receipt is older than 120 days: write to the host instead.")
_GIVEN_BACK: Final = mark("All of this receipt was given back already.")
_NO_RECEIPT: Final = mark("The receipt is not final yet: wait until it has its number.")


class ComplaintError(Exception):
    """The complaint is not possible; the message is a sentence for the guest, in English and marked for translation."""


class AnsweredError(Exception):
    """The complaint is already answered; the message is a sentence for the host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintText:
    """A guest's complaint. `language` is the guest's; `email` may be empty."""

    about: About
    text: str
    language: str
    email: str = ""


def first_receipt(session: Session) -> Receipt | None:
    """Returns the receipt that complaints are about: the first one, even if it was corrected since."""
    receipts = session.receipts.filter(kind=Receipt.Kind.RECEIPT).select_related("rating", "session__property")
    return receipts.first()


def obstacle(session: Session, *, now: datetime) -> str:
    """Returns why no complaint can be made now, for the guest; empty if one can. Four queries at most."""
    receipt = first_receipt(session)
    if receipt is None:
        return _NO_RECEIPT
    earlier_states = list(Complaint.objects.filter(receipt=receipt).values_list("state", flat=True))
    if State.OPEN in earlier_states:
        return _TWICE
    if len(earlier_states) >= _LIMIT:
        return _TOO_MANY
    if receipt.issued_at < now - TAKEN_FOR:
        return _TOO_OLD
    return _GIVEN_BACK if receipt.rating.total_minor and refunds.not_given(receipt) <= 0 else ""


def kinds(session: Session) -> list[About]:
    """Returns what a complaint can be about: the receipt's lines in their order, and anything else."""
    receipt = receipts.newest(session)
    on_receipt = [line["kind"] for line in receipt.rating.report["lines"]] if receipt else []
    return [*(About(kind) for kind in dict.fromkeys(on_receipt) if kind in About.values), About.OTHER]


def make(session: Session, complaint: ComplaintText, *, now: datetime) -> Complaint:
    """Stores the complaint and notifies the host's systems.

    Raises ComplaintError; of two at once, only one is stored.
    """
    with transaction.atomic():
        receipt = first_receipt(session)
        if receipt is not None:
            Receipt.objects.select_for_update().get(pk=receipt.pk)
        if why := obstacle(session, now=now):
            raise ComplaintError(why)
        assert receipt is not None
        new_complaint = Complaint.objects.create(
            receipt=receipt,
            host_id=receipt.host_id,
            about=complaint.about,
            email=complaint.email,
            language=complaint.language,
            text=card_numbers.mask(complaint.text),
            asked_at=now,
        )
        deliveries.publish(deliveries.Kind.COMPLAINT_MADE, new_complaint, now=now)
        return new_complaint


def answer(complaint_id: int, *, sentence: str, by: str, now: datetime) -> Complaint:
    """Stores the host's answer without a refund. Raises AnsweredError."""
    with transaction.atomic():
        complaint = _lock_open_complaint(Complaint.objects.filter(pk=complaint_id))
        if complaint is None:
            raise AnsweredError("Nothing was changed: this complaint was answered meanwhile.")
        return complaint_answers.write(complaint, sentence=sentence, refund=None, by=by, now=now)


def _lock_open_complaint(rows: QuerySet[Complaint]) -> Complaint | None:
    return rows.select_for_update().filter(state=State.OPEN).first()
