"""A refund of a session: given, approved or declined by a second person, sent again, given another way."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access, second_person
from authorization.people.roles import Right
from billing.models import Receipt, Refund
from billing.sessions.allowances import first_line
from billing.sessions.refunds import complaint_answers, refunds
from billing.sessions.refunds.refunds import RefundError, RefundRequest


def give(receipt: Receipt, request: RefundRequest, *, by: User | ApiKey, confirm_repeat: bool, now: datetime) -> Refund:
    """Stores the refund and sends it, unless a second person must agree. Calls the card processor.

    Repeating a recent refund without `confirm_repeat` raises RepeatedError. An open complaint is answered once the
    refund is done. Raises NotAllowedError and RefundError.
    """
    access.require(by, Right.HANDLE_MONEY, receipt.session.host)
    with transaction.atomic():
        first_line.lock(by, receipt.session)
        if not confirm_repeat:
            refunds.check_repeat(receipt, request, now=now)
        if access.is_first_line(by):
            amount_minor = refunds.difference(receipt, request).total_minor
            first_line.check(by, lambda: first_line.of_refund(receipt, amount_minor=amount_minor))
        refund = refunds.request(receipt, request, by=audit.actor(by), now=now, is_agent=by.is_agent)
        refund.asked_person = second_person.find_responsible_user(by)
        refund.save(update_fields=["asked_person"])
        after = {"total_minor": refund.total_minor, "currency": refund.currency, "lines": refund.lines}
        audit.write("refund.asked", _subject(refund), user=by, now=now, after=after, reason=request.explanation)
        complaint_answers.wait_for(refund, now=now)
    return refunds.send(refund.pk, now=now)


def approve(refund: Refund, *, reason: str, by: User | ApiKey, now: datetime) -> Refund:
    """Records the second person's approval and sends the refund.

    Calls the card processor. Raises NotAllowedError and RefundError.
    """
    access.require(by, Right.HANDLE_MONEY, refund.host)
    first_line.check_answer(by, refund)
    _check_second(refund, by=by, now=now)
    with transaction.atomic():
        approved = _answer_refund(refund, approves=True, by=by, now=now)
        audit.write("refund.approved", _subject(approved), user=by, now=now, reason=reason)
    return refunds.send(refund.pk, now=now)


def decline(refund: Refund, *, reason: str, by: User | ApiKey, now: datetime) -> Refund:
    """Declines the refund for the second person. Raises NotAllowedError and RefundError."""
    access.require(by, Right.HANDLE_MONEY, refund.host)
    _check_second(refund, by=by, now=now)
    with transaction.atomic():
        declined = _answer_refund(refund, approves=False, by=by, now=now)
        audit.write("refund.declined", _subject(declined), user=by, now=now, reason=reason)
    return refunds.send(refund.pk, now=now)


def send_again(refund: Refund, *, reason: str, by: User | ApiKey, now: datetime) -> Refund:
    """Sends again what the processor refused. Raises NotAllowedError and RefundError."""
    access.require(by, Right.HANDLE_MONEY, refund.host)
    with transaction.atomic():
        first_line.lock(by, refund.receipt.session)
        first_line.check(by, lambda: first_line.of_refund_again(refund))
        sent = refunds.send_again(refund.pk, now=now)
        audit.write("refund.sent_again", _subject(sent), user=by, now=now, reason=reason)
    return refunds.send(refund.pk, now=now)


def give_otherwise(refund: Refund, *, note: str, by: User | ApiKey, now: datetime) -> Refund:
    """Records that the refund was given another way, such as in cash. Raises NotAllowedError and RefundError."""
    access.require(by, Right.HANDLE_MONEY, refund.host)
    with transaction.atomic():
        first_line.lock(by, refund.receipt.session)
        first_line.check(by, lambda: first_line.of_refund_otherwise(refund))
        given_refund = refunds.give_otherwise(refund.pk, note=note, by=audit.actor(by), is_agent=by.is_agent, now=now)
        audit.write("refund.given_otherwise", _subject(given_refund), user=by, now=now, reason=note[:400])
    return refunds.send(refund.pk, now=now)


def _check_second(refund: Refund, *, by: User | ApiKey, now: datetime) -> None:
    """Raises RefundError if this person, or the person behind this key, may not be the second one."""
    person, first = second_person.find_responsible_user(by), refunds.first_of(refund)
    if person and (why := second_person.why_not(person, first, did="asked for this refund", now=now)):
        raise RefundError(why)


def _answer_refund(refund: Refund, *, approves: bool, by: User | ApiKey, now: datetime) -> Refund:
    answered = refunds.answer(refund.pk, approves=approves, by=audit.actor(by), now=now)
    Refund.objects.filter(pk=refund.pk).update(answered_person=second_person.find_responsible_user(by))
    return answered


def _subject(refund: Refund) -> audit.Subject:
    return audit.Subject("refund", refund.pk, str(refund.receipt), refund.host)
