"""Who pays which rate, and where: assigned and taken back."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import Rate, RateAssignment
from billing.rates import catalogue, sites
from billing.rates.catalogue import AssignmentScope, RateError


def assign(
    rate: Rate, place: AssignmentScope, *, by: User | ApiKey, now: datetime
) -> tuple[RateAssignment, Rate | None]:
    """The assignment, and the rate that these people paid there before.

    Raises NotAllowedError, and RateError where parts of the rate are forbidden there.
    """
    access.require(by, Right.MANAGE, rate.host)
    _refuse_unlawful(rate, place)
    with transaction.atomic():
        made, replaced = catalogue.assign(rate, place)
        if replaced != rate:
            _write("rate.assigned", made, by=by, now=now, before=replaced)
    return made, replaced


def unassign(assignment: RateAssignment, *, by: User | ApiKey, now: datetime) -> None:
    """These people no longer pay the rate there; running sessions keep it. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, assignment.rate.host)
    with transaction.atomic():
        _write("rate.unassigned", assignment, by=by, now=now, before=assignment.rate)
        assignment.delete()


def _refuse_unlawful(rate: Rate, place: AssignmentScope) -> None:
    newest = catalogue.newest(rate)
    if newest is None:
        return
    where = sites.at(place.property, charger=place.charger, audience=place.audience)
    if refusal := sites.refusal(newest.definition, currency=rate.currency, places=[where]):
        raise RateError(refusal)


def _write(verb: str, assignment: RateAssignment, *, by: User | ApiKey, now: datetime, before: Rate | None) -> None:
    """`before`: the rate that held there."""
    rate = assignment.rate
    place = _place(assignment)
    audit.write(
        verb,
        audit.Subject("rate", rate.pk, rate.name, rate.host),
        user=by,
        now=now,
        before=place | {"rate": before.slug} if before else None,
        after=place | {"rate": rate.slug if verb == "rate.assigned" else None},
    )


def _place(assignment: RateAssignment) -> dict[str, object]:
    """Where and for whom; what narrows it only where it is set."""
    narrowed = {
        "connector": assignment.evse_number,
        "group": assignment.group.slug if assignment.group else None,
        "msp": str(assignment.msp) if assignment.msp else None,
        "priority": assignment.priority or None,
        "active_from": assignment.active_from.isoformat() if assignment.active_from else None,
        "active_to": assignment.active_to.isoformat() if assignment.active_to else None,
    }
    return {
        "property": assignment.property.slug,
        "charger": assignment.charger.charger_id if assignment.charger else None,
        "audience": assignment.audience,
    } | {name: value for name, value in narrowed.items() if value is not None}
