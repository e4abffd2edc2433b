"""A held or late-stopped session: billed, waived or corrected by a person."""

from datetime import datetime
from typing import Any

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import LateStop, Rating, Session
from billing.sessions.allowances import first_line
from billing.sessions.holds import holds
from billing.sessions.settlement import correction, reviews, settle


def waive(session: Session, *, reason: str, by: User | ApiKey, now: datetime) -> bool:
    """Bills nothing for a held session and releases its hold. False if it is no longer held.

    Calls the card processor. Raises NotAllowedError and LimitError.
    """
    access.require(by, Right.HANDLE_MONEY, session.host)
    before = {"state": session.state, "reason": session.state_reason}
    with transaction.atomic():
        first_line.check(by, lambda: first_line.of_waiver(session))
        is_waived = settle.waive(session.pk, reason=reason, now=now)
        if is_waived:
            audit.write("session.waived", _subject(session), user=by, now=now, before=before, reason=reason)
    if is_waived:
        holds.release(session.pk, now=now)
    return is_waived


def review(
    session: Session, *, choice: str, expected_minor: int, readings_checked: bool, by: User | ApiKey, now: datetime
) -> Rating:
    """Bills a held session in one of the ways offered, and settles it.

    Calls the card processor. Raises NotAllowedError, LimitError and ReviewError.
    """
    access.require(by, Right.HANDLE_MONEY, session.host)
    before = {"state": session.state, "reason": session.state_reason}
    with transaction.atomic():
        first_line.check(by, lambda: first_line.of_review(session, total_minor=expected_minor))
        rating = reviews.bill(
            session.pk, choice=choice, expected_minor=expected_minor, readings_checked=readings_checked, now=now
        )
        after: dict[str, Any] = {"choice": choice, "total_minor": rating.total_minor, "currency": rating.currency}
        after |= {"readings_checked": True} if readings_checked else {}
        audit.write("session.reviewed", _subject(session), user=by, now=now, before=before, after=after)
    settle.settle(session.pk, now=now)
    return rating


def bill_difference(session: Session, *, expected_minor: int, by: User | ApiKey, now: datetime) -> LateStop:
    """Bills what a late stop added, and charges the saved card.

    Calls the card processor. Raises NotAllowedError and DifferenceError.
    """
    access.require(by, Right.HANDLE_MONEY, session.host)
    with transaction.atomic():
        late = correction.bill(session.pk, expected_minor=expected_minor, by=audit.actor(by), now=now)
        before = {"total_minor": late.total_minor - expected_minor, "currency": late.currency}
        after = {"total_minor": late.total_minor, "currency": late.currency}
        audit.write("session.difference_billed", _subject(session), user=by, now=now, before=before, after=after)
    correction.charge(late.pk, now=now)
    return late


def leave_difference(session: Session, *, by: User | ApiKey, now: datetime) -> LateStop:
    """Leaves the receipt as it is. Raises NotAllowedError, LimitError and DifferenceError."""
    access.require(by, Right.HANDLE_MONEY, session.host)
    with transaction.atomic():
        first_line.lock(by, session)
        first_line.check(by, lambda: first_line.of_difference(session))
        late = correction.leave(session.pk, by=audit.actor(by), now=now)
        after = {"billed_minor": late.billed_minor, "total_minor": late.total_minor, "currency": late.currency}
        audit.write("session.difference_left", _subject(session), user=by, now=now, after=after)
    return late


def _subject(session: Session) -> audit.Subject:
    return audit.Subject("session", session.pk, str(session.charger), session.host)
