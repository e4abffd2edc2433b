"""Acts on rows of the attention list: snooze, show again, assign."""

from datetime import datetime
from typing import Any

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, Membership, User
from authorization.people import access
from authorization.people.roles import Right
from backoffice.portal.attention import attention
from backoffice.portal.attention.attention import SNOOZES, SnoozeFor, Subject
from billing.models import AttentionMark


class NotAMemberError(Exception):
    """The assignee does not belong to the host."""


class NothingToSnoozeError(Exception):
    """The row no longer needs attention."""


def may_decide(by: User | ApiKey, subject: Subject) -> bool:
    """Whether the user operates the charger, or handles the host's money. At most three queries."""
    if access.has_right(by, Right.HANDLE_MONEY, subject.host) or access.has_right(by, Right.OPERATE, subject.host):
        return True
    return subject.charger is not None and access.may_at(by, Right.OPERATE, subject.charger)


def snooze(subject: Subject, lasts: SnoozeFor, *, by: User | ApiKey, now: datetime) -> AttentionMark:
    """Hides the row for all users of the host; it is still counted. Raises NotAllowedError and NothingToSnoozeError."""
    _require(by, subject)
    span = SNOOZES[lasts][1]
    cause_keys = None
    if span is None:
        row = attention.row_of(by, subject.key, now=now)
        if row is None:
            raise NothingToSnoozeError
        cause_keys = sorted(cause.key for cause in row.causes)
    facts = {
        "snoozed_by": audit.actor(by),
        "snoozed_at": now,
        "snoozed_until": now + span if span else None,
        "snoozed_causes": cause_keys,
    }
    return _write(subject, "attention.snoozed", facts, {"for": lasts.value}, by=by, now=now)


def unsnooze(subject: Subject, *, by: User | ApiKey, now: datetime) -> AttentionMark:
    """Shows the row again. Raises NotAllowedError."""
    _require(by, subject)
    facts = {"snoozed_by": "", "snoozed_at": None, "snoozed_until": None, "snoozed_causes": None}
    return _write(subject, "attention.shown_again", facts, None, by=by, now=now)


def assign(subject: Subject, email: str, *, by: User | ApiKey, now: datetime) -> AttentionMark:
    """Assigns the row to a member of the host; an empty address removes the assignment.

    Raises NotAllowedError and NotAMemberError.
    """
    _require(by, subject)
    person = None
    if email:
        members = Membership.objects.filter(host=subject.host, user__email__iexact=email, user__is_active=True)
        membership = members.select_related("user").first()
        if membership is None:
            raise NotAMemberError
        person = membership.user
    facts = {"assigned_to": person, "assigned_by": audit.actor(by), "assigned_at": now}
    return _write(subject, "attention.assigned", facts, {"to": person.email if person else None}, by=by, now=now)


def _require(by: User | ApiKey, subject: Subject) -> None:
    if not may_decide(by, subject):
        raise access.NotAllowedError


def _write(
    subject: Subject,
    verb: str,
    facts: dict[str, Any],
    after: dict[str, Any] | None,
    *,
    by: User | ApiKey,
    now: datetime,
) -> AttentionMark:
    with transaction.atomic():
        mark, _ = AttentionMark.objects.update_or_create(host=subject.host, subject=subject.key, defaults=facts)
        audit_subject = audit.Subject("attention", subject.key[:64], subject.label, subject.host)
        audit.write(verb, audit_subject, user=by, now=now, after=after)
    return mark
