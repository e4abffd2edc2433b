"""User actions on maintenance of a property's chargers: planned, ended early or cancelled."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from chargers.availability import maintenance
from chargers.availability.maintenance import Plan
from chargers.models import Maintenance, Property


class AlreadyEndedError(Exception):
    """The maintenance had already ended."""


def plan(property_: Property, details: Plan, *, by: User | ApiKey, now: datetime) -> Maintenance:
    """Plans maintenance. Raises NotAllowedError and MaintenanceError."""
    access.require(by, Right.MANAGE, property_.host)
    with transaction.atomic():
        planned_window = maintenance.plan(property_, details, by=audit.actor(by), now=now)
        after = {
            "from": planned_window.begins_at.isoformat(),
            "to": planned_window.ends_at.isoformat(),
            "chargers": [charger.charger_id for charger in details.chargers],
            "refuses_starts": planned_window.refuses_starts,
        }
        audit.write(
            "maintenance.planned", _subject(property_), user=by, now=now, after=after, reason=planned_window.reason
        )
    return planned_window


def end(row: Maintenance, *, by: User | ApiKey, now: datetime) -> None:
    """Ends maintenance now, or cancels it if it has not begun. Raises NotAllowedError and AlreadyEndedError."""
    property_ = row.property
    access.require(by, Right.MANAGE, property_.host)
    verb = "maintenance.cancelled" if row.begins_at > now else "maintenance.ended"
    with transaction.atomic():
        if not maintenance.end(row, by=audit.actor(by), now=now):
            raise AlreadyEndedError
        before = {"from": row.begins_at.isoformat(), "to": row.ends_at.isoformat()}
        audit.write(verb, _subject(property_), user=by, now=now, before=before, reason=row.reason)


def _subject(property_: Property) -> audit.Subject:
    return audit.Subject("property", property_.slug, property_.name, property_.host)
