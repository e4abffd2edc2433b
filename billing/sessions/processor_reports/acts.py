"""Acts of support on processors' reports: disputes answered, debts written off, movements explained, plan refunds sent
again.
"""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import Dispute, PeriodRefund, ProcessorTransaction, Receivable
from billing.sessions.allowances import first_line
from billing.sessions.charges import receivables
from billing.sessions.plans import plan_refunds
from billing.sessions.processor_reports import disputes, reconciliation
from chargers.models import Host


def give_up(owed: Receivable, *, reason: str, by: User | ApiKey, now: datetime) -> None:
    """Writes the claim off; the guest is no longer charged for it.

    Raises NotAllowedError, LimitError and NotOpenError.
    """
    access.require_agent(by, Right.HANDLE_MONEY)
    after = {"amount_minor": owed.left_minor, "currency": owed.currency}
    with transaction.atomic():
        first_line.lock(by, owed.session)
        first_line.check(by, lambda: first_line.of_debt(owed))
        receivables.give_up(owed.pk, reason=reason, by=audit.actor(by), now=now)
        subject = audit.Subject("receivable", owed.pk, str(owed.session.charger), owed.host)
        audit.write("receivable.given_up", subject, user=by, now=now, after=after, reason=reason)


def explain_movement(row: ProcessorTransaction, *, host: Host, reason: str, by: User | ApiKey, now: datetime) -> None:
    """Books an unexplained movement of the processor to a host. Raises NotAllowedError and AnsweredError."""
    access.require_agent(by, Right.HANDLE_MONEY)
    after = {"net_minor": row.net_minor, "currency": row.currency}
    with transaction.atomic():
        reconciliation.answer(row.pk, host=host, reason=reason, by=audit.actor(by), now=now)
        subject = audit.Subject("movement", row.pk, row.ref, host)
        audit.write("movement.explained", subject, user=by, now=now, after=after, reason=reason)


def send_plan_refund_again(pk: int, *, by: User | ApiKey, now: datetime) -> PeriodRefund:
    """Requests the refund from the card processor again. Raises NotAllowedError and AnsweredError."""
    access.require_agent(by, Right.HANDLE_MONEY)
    with transaction.atomic():
        refund = plan_refunds.send_again(pk)
        audit.write("plan_refund.sent_again", _plan_refund_subject(refund), user=by, now=now)
    return plan_refunds.send(pk, now=now)


def give_plan_refund_otherwise(pk: int, *, note: str, by: User | ApiKey, now: datetime) -> PeriodRefund:
    """Records that the refund was given another way. Raises NotAllowedError, LimitError and AnsweredError."""
    access.require_agent(by, Right.HANDLE_MONEY)
    with transaction.atomic():
        first_line.check(by, lambda: first_line.of_plan_refund(plan_refunds.find(pk)))
        refund = plan_refunds.give_otherwise(pk, note=note, by=audit.actor(by), now=now)
        after = {"amount_minor": refund.amount_minor, "currency": refund.period.currency}
        audit.write(
            "plan_refund.given_otherwise",
            _plan_refund_subject(refund),
            user=by,
            now=now,
            after=after,
            reason=refund.note,
        )
    return refund


def answer_dispute(dispute: Dispute, *, text: str, by: User | ApiKey, now: datetime) -> None:
    """Submits the evidence, once. The audit entry follows, because a submission to the bank cannot be undone.

    Calls the card processor. Raises NotAllowedError, AnsweredError, NotPossibleError and OutcomeUnknownError.
    """
    access.require_agent(by, Right.HANDLE_MONEY)
    disputes.answer(dispute.pk, text=text, by=audit.actor(by), now=now)
    subject = audit.Subject("dispute", dispute.pk, str(dispute.hold.session.charger), dispute.host)
    audit.write("dispute.answered", subject, user=by, now=now, after={"text": text})


def _plan_refund_subject(refund: PeriodRefund) -> audit.Subject:
    period = refund.period
    label = f"Plan {period.version.plan}, period {period.number}"
    return audit.Subject("plan_refund", refund.pk, label, period.subscription.host)
