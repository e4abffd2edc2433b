"""Approvals, holds, releases and repetitions of payouts."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from authorization.models import User
from authorization.people import second_person
from billing.models import Payout, PayoutAgreement, PayoutCarry
from billing.payouts.bank_files import failure_codes
from billing.payouts.bank_files.failure_codes import Repeat
from billing.payouts.cycle import cycle, notices, wording
from billing.payouts.payees import bank_accounts, processor_accounts
from billing.payouts.payees.agreements import Scope
from chargers.lib import batch
from chargers.properties import time_zones

State = Payout.State
_RETRY_DELAY: Final = timedelta(days=1)
"""Time for the bank, or our own balance, to be in order again."""
_NOT_SENT = (State.CALCULATED, State.APPROVED)


class NotPossibleError(Exception):
    """The payout's state does not allow it, or this user may not do it; the message is the reason, as a sentence."""


def approve(payout: Payout, *, by: str, person: User | None = None, now: datetime) -> Payout:
    """Records one of the two approvals that a payout above the limit needs; `person` is the account of `by`.

    Raises NotPossibleError.
    """
    with transaction.atomic():
        row = _lock_payout(payout)
        if row.state != State.CALCULATED:
            raise NotPossibleError(f"Nothing was changed: {row.label} needs no approval, it is {_state(row)}.")
        if not row.approved_by:
            row.approved_by, row.approved_person = by[:150], person
        elif row.approved_by == by or (person is not None and row.approved_person_id == person.pk):
            raise NotPossibleError("You approved this payout already: a second person has to approve it too.")
        elif person is not None and (why := second_person.email_change_refusal(person, now=now, zone=row.time_zone)):
            raise NotPossibleError(why)
        else:
            row.second_by, row.second_person, row.approved_at = by[:150], person, now
            row.state = State.APPROVED
        row.save()
        if row.state == State.APPROVED:
            notices.publish_change(row.pk, now=now)
        return row


def hold(payout: Payout, *, reason: str, now: datetime) -> Payout:
    """Keeps a payout from being sent until it is released. Raises NotPossibleError."""
    if not reason.strip():
        raise NotPossibleError("Say why it is held: the host reads it.")
    with transaction.atomic():
        row = _lock_payout(payout)
        if row.state not in _NOT_SENT:
            raise NotPossibleError(f"Nothing was changed: {row.label} cannot be held any more, it is {_state(row)}.")
        row.state, row.hold_reason = State.HELD, reason.strip()[:400]
        row.approved_by = row.second_by = ""
        row.approved_person = row.second_person = None
        row.approved_at = row.expected_on = None
        row.save()
        notices.publish_change(row.pk, now=now)
        return row


def release(payout: Payout, *, now: datetime) -> Payout:
    """Releases a held payout: it is sent, or needs two approvals as before. Raises NotPossibleError."""
    with transaction.atomic():
        row = _lock_payout(payout)
        if row.state != State.HELD:
            raise NotPossibleError(f"Nothing was changed: {row.label} is not held, it is {_state(row)}.")
        row.hold_reason, row.expected_on = "", cycle.arrival(row, now=now)
        cycle.admit(row, now=now)
        row.save()
        if row.state == State.APPROVED:
            notices.publish_change(row.pk, now=now)
        return row


def reissue(payout: Payout, *, now: datetime) -> Payout:
    """Pays a failed payout again, as a new payout for the same period to the current bank account.

    Raises NotPossibleError if no account can be paid to, or another payout has taken the amount over.
    """
    scope = Scope.from_row(payout)
    with transaction.atomic():
        cycle.lock(scope)  # locked first, because the next period may take it over at the same moment
        row = _lock_payout(payout)
        carry = PayoutCarry.objects.select_for_update().filter(payout=row, kind=PayoutCarry.Kind.FAILED).first()
        if row.state not in (State.FAILED, State.RETURNED) or carry is None or carry.taken_by_id is not None:
            raise NotPossibleError(f"Nothing was changed: {row.label} is {_state(row)}.")
        account = bank_accounts.current(scope)
        if (missing := bank_accounts.why_not(account, now=now)) is not None or account is None:
            raise NotPossibleError(f"Nothing was sent: {missing}")
        successor = cycle.repeat(row, account=account, now=now)
        carry.taken_by = successor
        carry.save()
        row.state = State.REISSUED
        row.save()
        notices.publish_change(row.pk, now=now)
        return successor


def repeat_due(*, now: datetime) -> int:
    """Pays failed payouts again if they may be repeated and nothing prevents it any more."""
    failed = Payout.objects.filter(
        state__in=(State.FAILED, State.RETURNED), carries__kind=PayoutCarry.Kind.FAILED, carries__taken_by=None
    )
    return batch.run_for_rows(failed, lambda pk: _repeat(pk, now=now), failure="could not be paid again")


def repeats_from(payout: Payout) -> datetime | None:
    """Returns when a payout that failed through no fault of its account is sent again.

    None if it is not repeated automatically, or not at a fixed time.
    """
    if payout.failed_at is None or payout.reissues_id is not None:
        return None
    return payout.failed_at + _RETRY_DELAY if failure_codes.resolve(payout.failure).repeat == Repeat.AS_IS else None


def what_hinders(payout: Payout, *, now: datetime) -> str | None:
    """Returns why a failed payout is not repeated automatically yet, as a sentence; None if nothing prevents it."""
    repeat = failure_codes.resolve(payout.failure).repeat
    if repeat == Repeat.AFTER_REVIEW:
        return "A person has to find out why, and then press “Pay it again”."
    if repeat == Repeat.AS_IS and payout.reissues_id is not None:
        return "It failed again after it was repeated by itself: a person has to look at it."
    scope = Scope.from_row(payout)
    account = bank_accounts.current(scope)
    if repeat == Repeat.NEW_ACCOUNT and account is not None and account.pk == payout.bank_account_id:
        return "It is paid again by itself to another bank account, once that was added and confirmed."
    missing = bank_accounts.why_not(account, now=now)
    if missing is not None:
        if (after := wording.to_other_account(payout)) is not None:
            return after
        return f"It is paid again by itself as soon as there is an account to pay to: {missing}"
    if payout.way == PayoutAgreement.Way.PROCESSOR:
        at_processor = processor_accounts.find(payout.host, payout.property)
        if at_processor is None or not at_processor.is_enabled:
            return "It is paid again by itself as soon as the host's account at the card processor pays out."
    at = repeats_from(payout)
    if at is None or now >= at:
        return None
    return f"It is sent again by itself on {time_zones.format_with_zone(at, payout.time_zone)}."


def _repeat(payout_id: UUID, *, now: datetime) -> bool:
    payout = Payout.objects.select_related("host", "property", "agreement").get(pk=payout_id)
    if what_hinders(payout, now=now) is not None:
        return False
    try:
        reissue(payout, now=now)
    except NotPossibleError:  # a user, or the next period, was faster
        return False
    return True


def _lock_payout(payout: Payout) -> Payout:
    rows = Payout.objects.select_for_update(of=("self",)).select_related("host", "property", "agreement")
    return rows.get(pk=payout.pk)


def _state(row: Payout) -> str:
    return row.get_state_display().lower()
