"""Who pays which rate, and where: assigning and unassigning rates."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import Rate, RateAssignment
from billing.pricing.rates import catalogue, grid, sites
from billing.pricing.rates.catalogue import AssignmentScope, ChangedMeanwhileError, RateError
from billing.pricing.rates.grid import CellKey, Column, Grid
from chargers.models import Host, Property


class GridError(Exception):
    """Cells that cannot be saved, with the reasons."""

    def __init__(self, faults: Mapping[CellKey, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = dict(faults)


def assign(
    rate: Rate, scope: AssignmentScope, *, by: User | ApiKey, now: datetime
) -> tuple[RateAssignment, Rate | None]:
    """Assigns the rate. Returns the assignment, and the rate that these people paid there before.

    Raises NotAllowedError, and RateError if parts of the rate are forbidden there.
    """
    access.require(by, Right.MANAGE, rate.host)
    _refuse_unlawful(rate, scope)
    with transaction.atomic():
        new_assignment, replaced = catalogue.assign(rate, scope)
        if replaced != rate:
            _write("rate.assigned", new_assignment, by=by, now=now, before=replaced)
    return new_assignment, replaced


def save_grid(
    host: Host, choices: Mapping[CellKey, int | None], *, seen_fingerprint: str, by: User | ApiKey, now: datetime
) -> list[str]:
    """Saves all cells or none, and returns what changed as sentences. `choices` has the rate of each cell, or None.

    Raises NotAllowedError, ChangedMeanwhileError if `seen_fingerprint` is not what is assigned now, and GridError.
    """
    access.require(by, Right.MANAGE, host)
    with transaction.atomic():
        Host.objects.select_for_update(no_key=True).get(pk=host.pk)
        current = grid.build(host, column_keys=[key for _, key in choices])
        if current.fingerprint != seen_fingerprint:
            raise ChangedMeanwhileError
        return _apply(current, choices, _rates(host, choices), by=by, now=now)


def _rates(host: Host, choices: Mapping[CellKey, int | None]) -> dict[int, Rate]:
    ids = {pk for pk in choices.values() if pk is not None}
    return Rate.objects.filter(host=host, contract=None, pk__in=ids).select_related("host").in_bulk()


def _apply(
    current: Grid, choices: Mapping[CellKey, int | None], rates: Mapping[int, Rate], *, by: User | ApiKey, now: datetime
) -> list[str]:
    changes, faults = [], {}
    for property_ in current.properties:
        for column in current.columns:
            key = (property_.pk, column.key)
            before = current.cells.get(key)
            if key not in choices or choices[key] == (before.rate_id if before else None):
                continue
            rate = rates.get(choices[key] or 0)
            try:
                if choices[key] is not None and rate is None:
                    raise RateError("Choose one of the host's own rates.")
                changes.append(_change(property_, column, before=before, rate=rate, by=by, now=now))
            except RateError as exc:
                faults[key] = str(exc)
    if faults:
        raise GridError(faults)
    return changes


def _change(
    property_: Property,
    column: Column,
    *,
    before: RateAssignment | None,
    rate: Rate | None,
    by: User | ApiKey,
    now: datetime,
) -> str:
    if rate is not None:
        property_.host = rate.host
        assign(rate, grid.scope(property_, column, before=before), by=by, now=now)
        return f"{column.name} at {property_.name} pay “{rate.name}”."
    assert before is not None
    name = before.rate.name
    unassign(before, by=by, now=now)
    return f"{column.name} at {property_.name} no longer pay “{name}”."


def unassign(assignment: RateAssignment, *, by: User | ApiKey, now: datetime) -> None:
    """Ends the assignment: these people no longer pay the rate there; running sessions keep it.

    Raises NotAllowedError.
    """
    access.require(by, Right.MANAGE, assignment.rate.host)
    with transaction.atomic():
        _write("rate.unassigned", assignment, by=by, now=now, before=assignment.rate)
        assignment.delete()


def _refuse_unlawful(rate: Rate, scope: AssignmentScope) -> None:
    newest = catalogue.newest(rate)
    if newest is None:
        return
    site = sites.build_for_scope(scope.property, charger=scope.charger, audience=scope.audience)
    if refusal := sites.refusal(newest.definition, currency=rate.currency, places=[site]):
        raise RateError(refusal)


def _write(verb: str, assignment: RateAssignment, *, by: User | ApiKey, now: datetime, before: Rate | None) -> None:
    """Writes the audit entry. `before`: the rate that applied there."""
    rate = assignment.rate
    scope_facts = _build_scope_facts(assignment)
    audit.write(
        verb,
        audit.Subject("rate", rate.pk, rate.name, rate.host),
        user=by,
        now=now,
        before=scope_facts | {"rate": before.slug} if before else None,
        after=scope_facts | {"rate": rate.slug if verb == "rate.assigned" else None},
    )


def _build_scope_facts(assignment: RateAssignment) -> dict[str, object]:
    """Returns the place and the audience; optional restrictions only if set."""
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
