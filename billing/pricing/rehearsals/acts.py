"""Starts the rehearsal of a rate on a month's sessions."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import Rate, Rehearsal
from billing.pricing.rehearsals import rehearsals
from chargers.models import Property


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalRequest:
    """A rehearsal as requested; `version_number` is None for unsaved prices."""

    definition: dict[str, Any]
    version_number: int | None
    month: date
    only_rate: bool
    property_: Property | None = None
    """Restricts it to one property's sessions."""


def begin(rate: Rate, request: RehearsalRequest, *, by: User | ApiKey, now: datetime) -> Rehearsal:
    """Starts a rehearsal. A small month is done at once; a large one by a worker. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, rate.host)
    subject = audit.Subject("rate", rate.pk, rate.name, rate.host)
    after: dict[str, Any] = {
        "month": f"{request.month:%Y-%m}",
        "version": request.version_number,
        "only_rate": request.only_rate,
    }
    if request.property_ is not None:
        after["property"] = request.property_.slug
    audit.write("rate.rehearsed", subject, user=by, now=now, after=after)
    return rehearsals.begin(
        rate,
        definition=request.definition,
        month=request.month,
        by=audit.actor(by),
        now=now,
        version_number=request.version_number,
        only_rate=request.only_rate,
        property_=request.property_,
    )
