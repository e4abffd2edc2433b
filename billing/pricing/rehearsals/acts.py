"""The rehearsal of a rate on a month's sessions, begun by a person."""

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
class Wanted:
    """What is to be rehearsed; `version_number` is None for prices that were not saved."""

    definition: dict[str, Any]
    version_number: int | None
    month: date
    only_rate: bool
    property_: Property | None = None
    """Only its sessions."""


def begin(rate: Rate, request: Wanted, *, by: User | ApiKey, now: datetime) -> Rehearsal:
    """A small month is done at once; a worker does a large one. Raises NotAllowedError."""
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
