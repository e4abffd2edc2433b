"""Payout notifications: webhooks to the host at every step, e-mails to its people when a payout is paid or fails.

Call these in the transaction of the change.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from authorization.people import access as people
from authorization.people.roles import Right
from billing.formatting.money import money
from billing.models import MutedMail, Payout
from billing.payments.webhooks import deliveries
from billing.payouts.bank_files import failure_codes
from billing.payouts.bank_files.failure_codes import Repeat, Responsible
from billing.payouts.cycle import wording
from billing.sessions.documents import outbox

Kind = deliveries.Kind
State = Payout.State
_OF_STATE: Final = {
    State.CARRIED: Kind.PAYOUT_CARRIED,
    State.APPROVED: Kind.PAYOUT_APPROVED,
    State.HELD: Kind.PAYOUT_HELD,
    State.SUBMITTED: Kind.PAYOUT_SUBMITTED,
    State.IN_TRANSIT: Kind.PAYOUT_IN_TRANSIT,
    State.PAID: Kind.PAYOUT_PAID,
    State.FAILED: Kind.PAYOUT_FAILED,
    State.RETURNED: Kind.PAYOUT_FAILED,
    State.REISSUED: Kind.PAYOUT_REISSUED,
    State.RECONCILED: Kind.PAYOUT_RECONCILED,
}
_AGAIN: Final = (State.APPROVED, State.HELD, State.SUBMITTED, State.IN_TRANSIT, State.PAID, State.RECONCILED)
"""States that a payout can reach more than once."""
_NEXT: Final = {
    Repeat.NEW_ACCOUNT: "It can be paid again once there is another confirmed bank account.",
    Repeat.AS_IS: "It can be paid again to the same account.",
    Repeat.AFTER_REVIEW: "It can be paid again once that is settled.",
}


def publish_created(payout: Payout, *, now: datetime) -> None:
    """Publishes a new payout and its first state."""
    deliveries.publish(Kind.PAYOUT_CREATED, payout, now=now, facts=wording.facts(payout))
    if payout.state in _OF_STATE:
        _publish(payout, now=now)


def publish_change(payout_id: UUID, *, now: datetime) -> None:
    """Publishes a payout's new state; sends e-mails if it was paid or failed."""
    payout = Payout.objects.select_related("host", "property", "agreement", "bank_account").get(pk=payout_id)
    _publish(payout, now=now)
    if payout.state in (State.FAILED, State.RETURNED):
        _write(payout, subject=f"Payout {payout.label} failed", text=_render_failed_text(payout), now=now)
    elif payout.state == State.PAID:
        amount = money(payout.amount_minor, payout.currency)
        subject = f"Payout {payout.label} of {amount} was paid"
        _write(payout, subject=subject, text=_render_paid_text(payout), now=now, unless=MutedMail.Kind.PAYOUT_PAID)


def publish_reversal(payout_id: UUID, *, now: datetime) -> None:
    """Publishes a payout's state after its bank line match was taken back. No e-mails are sent."""
    payout = Payout.objects.select_related("host", "property", "agreement", "bank_account").get(pk=payout_id)
    _publish(payout, now=now)


def _publish(payout: Payout, *, now: datetime) -> None:
    occasion = now.isoformat() if payout.state in _AGAIN else ""
    kind = _OF_STATE[State(payout.state)]
    deliveries.publish(kind, payout, now=now, facts=wording.facts(payout), occasion=occasion)


def _write(payout: Payout, *, subject: str, text: str, now: datetime, unless: MutedMail.Kind | None = None) -> None:
    """Mails everyone who handles the host's money, except those who muted this kind of mail."""
    muted = MutedMail.objects.filter(host=payout.host_id, kind=unless or "").values_list("user_id", flat=True)
    for membership in people.members_with(payout.host, Right.HANDLE_MONEY).exclude(user__in=muted):
        key = f"payout:{payout.state}:{payout.pk}:{membership.user_id}"
        outbox.queue_for_host(payout, to=membership.user.email, key=key, subject=subject, text=text, now=now)


def _render_paid_text(payout: Payout) -> str:
    trace = f" Your bank finds it by {payout.trace}." if payout.trace else ""
    account = f" to the {payout.bank_account}" if payout.bank_account else ""
    return f"{_describe_payout(payout)} was paid{account}.{trace}\n\nWhy this amount, row by row:"


def _render_failed_text(payout: Payout) -> str:
    failure = failure_codes.resolve(payout.failure)
    next_steps = f"{_describe_responsible(failure.responsible)} {_NEXT[failure.repeat]}"
    return (
        f"{_describe_payout(payout)} did not reach the bank. {failure.sentence}\n\n{next_steps} Nothing is lost: the "
        "amount is owed to you again.\n\nThe payout:"
    )


def _describe_responsible(responsible: Responsible) -> str:
    match responsible:
        case Responsible.HOST:
            return "Please enter another bank account, or correct this one."
        case Responsible.PLATFORM:
            return "We look into it; you need to do nothing."
        case Responsible.BANK:
            return "Please ask your bank about this account."
        case _:
            return "Nobody has to do anything."


def _describe_payout(payout: Payout) -> str:
    return f"Your payout {payout.label} of {money(payout.amount_minor, payout.currency)}"
