"""Answers to complaints: the host's sentence at once, or a refund once it is done.

A refund that waits for a second person or the processor answers nothing yet: the complaint stays open until all of it
has gone. If the processor refuses it, the complaint stays on the host's list.
"""

from datetime import datetime
from typing import Final

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext

from billing.formatting.money import money
from billing.models import Complaint, Refund
from billing.payments.webhooks import deliveries
from billing.sessions.documents import outbox
from billing.sessions.documents.outbox import Reader
from chargers.text import card_numbers

State = Complaint.State
_FAILED: Final = (Refund.State.REFUSED, Refund.State.PARTLY)
UNDER_WAY: Final = (Refund.State.WAITING, Refund.State.SENDING, Refund.State.CHECKING)


def waiting() -> QuerySet[Complaint]:
    """Returns complaints that wait for the host, without those for which a refund is in progress."""
    return Complaint.objects.filter(state=State.OPEN).exclude(refund__state__in=UNDER_WAY)


def wait_for(refund: Refund, *, now: datetime) -> None:
    """Links the refund to the open complaint. Call it in the transaction that requests the refund."""
    Complaint.objects.filter(receipt=refund.receipt_id, state=State.OPEN).update(refund=refund)
    update_for_refund(refund, now=now)


def update_for_refund(refund: Refund, *, now: datetime) -> None:
    """Updates the complaint for a refund's state. Call it in the transaction that changes that state."""
    match refund.state:
        case Refund.State.DONE:
            for complaint in Complaint.objects.select_for_update().filter(refund=refund, state=State.OPEN):
                write(complaint, sentence=refund.explanation, refund=refund, by=refund.asked_by, now=now)
        case Refund.State.DECLINED:
            Complaint.objects.filter(refund=refund, state=State.OPEN).update(refund=None)
        case state if state in _FAILED:
            _reopen(refund)


def write(complaint: Complaint, *, sentence: str, refund: Refund | None, by: str, now: datetime) -> Complaint:
    """Answers it and mails the answer. Call it with the complaint locked."""
    complaint.state, complaint.answer, complaint.refund = State.ANSWERED, card_numbers.mask(sentence)[:400], refund
    complaint.answered_by, complaint.answered_at = by[:150], now
    complaint.save(update_fields=["state", "answer", "refund", "answered_by", "answered_at"])
    deliveries.publish(deliveries.Kind.COMPLAINT_ANSWERED, complaint, now=now)
    _mail(complaint, now=now)
    return complaint


def _reopen(refund: Refund) -> None:
    """Reopens a complaint that was answered by a refund before it was done, as earlier versions did."""
    for complaint in Complaint.objects.select_for_update().filter(refund=refund, state=State.ANSWERED):
        if not Complaint.objects.filter(receipt=complaint.receipt_id, state=State.OPEN).exists():
            complaint.state, complaint.answer, complaint.answered_by, complaint.answered_at = State.OPEN, "", "", None
            complaint.save(update_fields=["state", "answer", "answered_by", "answered_at"])


def _mail(answered: Complaint, *, now: datetime) -> None:
    """Mails the answer once, in the complaint's language, if an address is known."""
    complaint = Complaint.objects.select_related(
        "host", "refund", "receipt__session__property", "receipt__session__driver__user"
    ).get(pk=answered.pk)
    session, refund = complaint.receipt.session, complaint.refund
    values = {"host": complaint.host.name, "number": complaint.receipt, "place": session.property.name}
    with translation.override(complaint.language):
        subject = gettext("%(place)s: the answer about your receipt %(number)s") % values
        parts = [gettext("%(host)s has answered what you said about receipt %(number)s:") % values, complaint.answer]
        if refund is not None:
            values["amount"] = money(refund.total_minor, refund.currency)
            parts.append(gettext("%(amount)s is given back. The page of the receipt says which way.") % values)
        text = "\n\n".join([*parts, gettext("The receipt, with what was answered:")])
    outbox.queue_for_session(
        session, key=f"complaint:{complaint.pk}:answer", subject=subject, text=text, to=_reader(complaint), now=now
    )


def _reader(complaint: Complaint) -> Reader:
    """Returns the complaint's address, or else the session's: that of its receipt or its driver."""
    address = complaint.email or outbox.address_of(complaint.receipt.session)
    return Reader(address=address, language=complaint.language[:2])
