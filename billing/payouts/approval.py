"""Whether a payout may go: by one person, by two above the agreed limit, held for a review, or paid again."""

from datetime import datetime

from django.db import transaction

from billing.models import Payout, PayoutCarry
from billing.payees import bank_accounts
from billing.payees.agreements import Scope
from billing.payouts import cycle, notices

State = Payout.State
_NOT_SENT = (State.CALCULATED, State.APPROVED)


class NotPossibleError(Exception):
    """The payout is not in a state for that, or this person may not; the message says so in a sentence."""


def approve(payout: Payout, *, by: str, now: datetime) -> Payout:
    """One of the two people that a payout above the limit needs. Raises NotPossibleError."""
    with transaction.atomic():
        row = _locked(payout)
        if row.state != State.CALCULATED:
            raise NotPossibleError(f"Nothing was changed: {row.label} needs no approval, it is {_words(row)}.")
        if not row.approved_by:
            row.approved_by = by[:150]
        elif row.approved_by == by:
            raise NotPossibleError("You approved this payout already: a second person has to approve it too.")
        else:
            row.second_by, row.approved_at, row.state = by[:150], now, State.APPROVED
        row.save()
        if row.state == State.APPROVED:
            notices.changed(row.pk, now=now)
        return row


def hold(payout: Payout, *, reason: str, now: datetime) -> Payout:
    """Keeps it from being sent until somebody releases it. Raises NotPossibleError."""
    if not reason.strip():
        raise NotPossibleError("Say why it is held: the host reads it.")
    with transaction.atomic():
        row = _locked(payout)
        if row.state not in _NOT_SENT:
            raise NotPossibleError(f"Nothing was changed: {row.label} cannot be held any more, it is {_words(row)}.")
        row.state, row.hold_reason = State.HELD, reason.strip()[:400]
        row.approved_by = row.second_by = ""
        row.approved_at = None
        row.save()
        notices.changed(row.pk, now=now)
        return row


def release(payout: Payout, *, now: datetime) -> Payout:
    """The review is over: it goes, or waits for two people as before. Raises NotPossibleError."""
    with transaction.atomic():
        row = _locked(payout)
        if row.state != State.HELD:
            raise NotPossibleError(f"Nothing was changed: {row.label} is not held, it is {_words(row)}.")
        row.hold_reason = ""
        cycle.admit(row, now=now)
        row.save()
        if row.state == State.APPROVED:
            notices.changed(row.pk, now=now)
        return row


def reissue(payout: Payout, *, now: datetime) -> Payout:
    """Pays again what failed, as a payout of the same period, to the account that is there now.

    Raises NotPossibleError where none can be paid to, or another payout has taken it over.
    """
    with transaction.atomic():
        row = _locked(payout)
        carry = PayoutCarry.objects.select_for_update().filter(payout=row, kind=PayoutCarry.Kind.FAILED).first()
        if row.state not in (State.FAILED, State.RETURNED) or carry is None or carry.taken_by_id is not None:
            raise NotPossibleError(f"Nothing was changed: {row.label} is {_words(row)}.")
        scope = Scope(host=row.host, currency=row.currency, place=row.property)
        account = bank_accounts.current(scope)
        if (missing := bank_accounts.why_not(account, now=now)) is not None or account is None:
            raise NotPossibleError(f"Nothing was sent: {missing}")
        again = cycle.again(row, account=account, now=now)
        carry.taken_by = again
        carry.save()
        row.state = State.REISSUED
        row.save()
        notices.changed(row.pk, now=now)
        return again


def _locked(payout: Payout) -> Payout:
    rows = Payout.objects.select_for_update(of=("self",)).select_related("host", "property", "agreement")
    return rows.get(pk=payout.pk)


def _words(row: Payout) -> str:
    return row.get_state_display().lower()
