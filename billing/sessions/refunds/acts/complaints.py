"""A guest's complaint: made by the guest, answered by the host without a refund."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import Complaint, Session
from billing.sessions.refunds import complaints
from billing.sessions.refunds.complaints import ComplaintText


def make(session: Session, text: ComplaintText, *, now: datetime) -> Complaint:
    """Makes the guest's complaint, by the session's link. Raises ComplaintError."""
    with transaction.atomic():
        new_complaint = complaints.make(session, text, now=now)
        after = {"about": new_complaint.about, "text": new_complaint.text}
        audit.write("complaint.made", _subject(new_complaint), user=None, now=now, after=after)
    return new_complaint


def answer(complaint: Complaint, *, sentence: str, by: User | ApiKey, now: datetime) -> Complaint:
    """Answers it, once. Raises NotAllowedError and AnsweredError."""
    access.require(by, Right.HANDLE_MONEY, complaint.host)
    with transaction.atomic():
        answered = complaints.answer(complaint.pk, sentence=sentence, by=audit.actor(by), now=now)
        audit.write("complaint.answered", _subject(complaint), user=by, now=now, after={"answer": sentence})
    return answered


def _subject(complaint: Complaint) -> audit.Subject:
    return audit.Subject("complaint", complaint.pk, str(complaint.receipt), complaint.host)
