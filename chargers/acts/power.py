"""User actions on a property's power limit and its outlets."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from chargers.models import PowerLimit, PowerOutlet
from chargers.power.power_outlets import MeteredOutlet

LIMIT_FIELDS: Final = ("enabled", "amount", "unit", "phases", "voltage_v", "strategy", "minimum_a", "offline_a")
OUTLET_FIELDS: Final = ("takes_part", "wiring", "priority")


def change(
    limit: PowerLimit,
    outlets: Iterable[PowerOutlet],
    metered_outlets: list[MeteredOutlet],
    *,
    before: dict[str, Any] | None,
    by: User | ApiKey,
    now: datetime,
) -> None:
    """Stores the limit and its outlets, by which the next beat round shares power.

    `before` is `facts` of what is stored. Raises NotAllowedError.
    """
    property_ = limit.property
    access.require(by, Right.MANAGE, property_.host)
    subject = audit.Subject("property", property_.slug, property_.name, property_.host)
    limit.looked_at = None
    with transaction.atomic():
        limit.save()
        for outlet in outlets:
            outlet.save(update_fields=OUTLET_FIELDS)
        after = facts(limit, metered_outlets)
        audit.write("property.power_changed", subject, user=by, now=now, before=before, after=after)


def facts(limit: PowerLimit, metered_outlets: Iterable[MeteredOutlet]) -> dict[str, Any] | None:
    """Returns the limit's values for the audit trail; None before it was first set."""
    if not limit.pk:
        return None
    return {
        **{name: _json(getattr(limit, name)) for name in LIMIT_FIELDS},
        "outlets": {
            outlet.name: {name: _json(getattr(outlet.row, name)) for name in OUTLET_FIELDS}
            for outlet in metered_outlets
        },
    }


def _json(value: object) -> object:
    """Returns a decimal without trailing zeros, as it is typed: 20, 6.5."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value
