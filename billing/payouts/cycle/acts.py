"""User actions on payouts: close, approve, hold, release, pay again."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.engine.values import money
from billing.models import Payout
from billing.payouts.cycle import approval, cycle
from chargers.models import Host


def close(host: Host, *, until: datetime, by: User | ApiKey, now: datetime) -> list[Payout]:
    """Closes the host's due payouts, for a host that requests its payouts itself, or for an agent.

    Raises NotAllowedError.
    """
    access.require(by, Right.HANDLE_MONEY, host)
    with transaction.atomic():
        earlier_ids = set(host.payouts.values_list("pk", flat=True))
        payouts = cycle.close_host(host, until=until, now=now)
        for payout in payouts:
            if payout.pk not in earlier_ids:
                audit.write("payout.closed", _subject(payout), user=by, now=now, after=_amount(payout))
    return payouts


def approve(payout: Payout, *, by: User, now: datetime) -> Payout:
    """Records one of the two approvals that a payout above the limit needs.

    Raises NotAllowedError and NotPossibleError.
    """
    access.require_agent(by, Right.HANDLE_MONEY)
    with transaction.atomic():
        approved = approval.approve(payout, by=audit.actor(by), person=by, now=now)
        audit.write("payout.approved", _subject(approved), user=by, now=now, after=_amount(approved))
    return approved


def hold(payout: Payout, *, reason: str, by: User | ApiKey, now: datetime) -> Payout:
    """Keeps a payout from being sent. Raises NotAllowedError and NotPossibleError."""
    access.require_agent(by, Right.HANDLE_MONEY)
    with transaction.atomic():
        held_payout = approval.hold(payout, reason=reason, now=now)
        audit.write("payout.held", _subject(held_payout), user=by, now=now, reason=reason[:400])
    return held_payout


def release(payout: Payout, *, by: User | ApiKey, now: datetime) -> Payout:
    """Releases a held payout after its review. Raises NotAllowedError and NotPossibleError."""
    access.require_agent(by, Right.HANDLE_MONEY)
    with transaction.atomic():
        released = approval.release(payout, now=now)
        audit.write("payout.released", _subject(released), user=by, now=now)
    return released


def reissue(payout: Payout, *, by: User | ApiKey, now: datetime) -> Payout:
    """Pays a failed payout again, to the current bank account. Raises NotAllowedError and NotPossibleError."""
    access.require(by, Right.HANDLE_MONEY, payout.host)
    with transaction.atomic():
        new_payout = approval.reissue(payout, now=now)
        audit.write("payout.reissued", _subject(new_payout), user=by, now=now, after=_amount(new_payout))
    return new_payout


def _subject(payout: Payout) -> audit.Subject:
    return audit.Subject("payout", payout.pk, payout.label, payout.host)


def _amount(payout: Payout) -> dict[str, str]:
    return {"amount": money.text(payout.amount_minor, currency=payout.currency), "state": payout.state}
