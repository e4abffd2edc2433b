"""User actions on outages that do not count: a time is excluded with its kind and reason, or counts again."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from chargers.acts import subject
from chargers.availability.uptime import Span
from chargers.models import Charger, OutageExclusion


class AlreadyWithdrawnError(Exception):
    """The exclusion was already withdrawn."""


def exclude(
    charger: Charger,
    span: Span,
    *,
    kind: OutageExclusion.Kind,
    reason: str,
    evse_number: int | None,
    by: User | ApiKey,
    now: datetime,
) -> OutageExclusion:
    """Excludes the outages within a span, which may lie in the future, from the figures. Raises NotAllowedError."""
    access.require_at(by, Right.MANAGE, charger)
    with transaction.atomic():
        exclusion = OutageExclusion.objects.create(
            charger=charger,
            evse_number=evse_number,
            kind=kind,
            begins_at=span.begins_at,
            ends_at=span.ends_at,
            reason=reason,
            marked_by=audit.actor(by),
            marked_at=now,
        )
        after = {
            "kind": kind.value,
            "evse": evse_number,
            "from": span.begins_at.isoformat(),
            "to": span.ends_at.isoformat(),
        }
        audit.write("outage.excluded", subject.of_charger(charger), user=by, now=now, after=after, reason=reason)
    return exclusion


def withdraw(exclusion: OutageExclusion, *, by: User | ApiKey, now: datetime) -> None:
    """Withdraws an exclusion, so that the outages count again. Raises NotAllowedError and AlreadyWithdrawnError."""
    charger = exclusion.charger
    access.require_at(by, Right.MANAGE, charger)
    with transaction.atomic():
        live = OutageExclusion.objects.filter(pk=exclusion.pk, withdrawn_at=None)
        if not live.update(withdrawn_at=now, withdrawn_by=audit.actor(by)):
            raise AlreadyWithdrawnError
        before = {"kind": exclusion.kind, "reason": exclusion.reason}
        audit.write("outage.exclusion_withdrawn", subject.of_charger(charger), user=by, now=now, before=before)
