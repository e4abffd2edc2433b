"""The rate table: a row for each property, a column for each audience, saved as a whole.

Assignments to single chargers, or for a limited time, are exceptions; the table does not change them.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from authorization.models import MobilityProvider, TokenGroup
from billing.models import RateAssignment
from billing.pricing.rates.catalogue import AssignmentScope
from chargers.models import Host, Property

Audience = RateAssignment.Audience
CellKey = tuple[int, str]
"""Primary key of the property, and key of the column."""
_MAX_CHOICES: Final = 100
_NAMES: Final = {
    Audience.GUEST: "Guests",
    Audience.MEMBER: "Members",
    Audience.ROAMING: "Roaming drivers",
    Audience.REIMBURSEMENT: "Employees (reimbursed)",
}


@dataclass(frozen=True, slots=True)
class Column:
    """An audience, or one of its card groups or roaming partners."""

    name: str
    audience: str
    group: TokenGroup | None = None
    msp: MobilityProvider | None = None

    @property
    def key(self) -> str:
        """Returns a key such as `guest`, `member-12` or `roaming-3`."""
        narrowed = self.group or self.msp
        return f"{self.audience}-{narrowed.pk}" if narrowed else self.audience

    @property
    def empty_cell_text(self) -> str:
        """What an empty cell of this column means."""
        if self.group or self.msp:
            return f"as {_NAMES[Audience(self.audience)].lower()}"
        return "no rate: cannot pay" if self.audience == Audience.GUEST else "no rate: free"


@dataclass(frozen=True, slots=True)
class Grid:
    """The columns of a host, and the assignment of each cell that has one."""

    properties: tuple[Property, ...]
    columns: tuple[Column, ...]
    cells: Mapping[CellKey, RateAssignment]
    exceptions: Mapping[int, int]
    """The number of other assignments by property: to single chargers, or for a limited time."""

    @property
    def fingerprint(self) -> str:
        """Returns a fingerprint of the assignments, which tells whether a page was opened before a change."""
        rows = sorted((property_id, key, row.rate_id, row.priority) for (property_id, key), row in self.cells.items())
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]


def build(host: Host, *, column_keys: Iterable[str] = ()) -> Grid:
    """Returns the table with the requested columns in addition to those in use. Five queries."""
    properties = tuple(Property.objects.filter(host=host, closed_at=None).order_by("name"))
    rows = list(
        RateAssignment.objects.filter(property__in=properties, active_from=None).select_related("rate", "group", "msp")
    )
    general = [row for row in rows if row.charger_id is None]
    cells = {(row.property_id, _column(row).key): row for row in general}
    specific_assignments = RateAssignment.objects.filter(property__in=properties).exclude(
        pk__in=[row.pk for row in general]
    )
    exceptions: dict[int, int] = {}
    for property_id in specific_assignments.values_list("property", flat=True):
        exceptions[property_id] = exceptions.get(property_id, 0) + 1
    return Grid(properties, _columns(host, general, column_keys=column_keys), cells, exceptions)


def scope(property_: Property, column: Column, *, before: RateAssignment | None) -> AssignmentScope:
    """Returns the scope of a cell's assignment; a change preserves the priority and the end of what it replaces."""
    new_scope = AssignmentScope(property=property_, audience=column.audience, group=column.group, msp=column.msp)
    return replace(new_scope, priority=before.priority, active_to=before.active_to) if before else new_scope


def addable_columns(host: Host) -> list[tuple[str, str]]:
    """Returns the key and name of each group and partner that can be added as a column."""
    groups = TokenGroup.objects.filter(host=host).order_by("name")[:_MAX_CHOICES]
    msps = MobilityProvider.objects.order_by("name")[:_MAX_CHOICES]
    columns = [Column(f"Members of {group.name}", Audience.MEMBER, group=group) for group in groups]
    columns += [Column(f"Drivers of {msp.name}", Audience.ROAMING, msp=msp) for msp in msps]
    return [(column.key, column.name) for column in columns]


def _columns(host: Host, rows: list[RateAssignment], *, column_keys: Iterable[str]) -> tuple[Column, ...]:
    keys = list(column_keys)
    group_ids = {row.group_id for row in rows if row.group_id} | _ids(keys, Audience.MEMBER)
    msp_ids = {row.msp_id for row in rows if row.msp_id} | _ids(keys, Audience.ROAMING)
    groups = TokenGroup.objects.filter(host=host, pk__in=group_ids).order_by("name")
    msps = MobilityProvider.objects.filter(pk__in=msp_ids).order_by("name")
    return (
        Column(_NAMES[Audience.GUEST], Audience.GUEST),
        Column(_NAMES[Audience.MEMBER], Audience.MEMBER),
        *(Column(f"Members of {group.name}", Audience.MEMBER, group=group) for group in groups),
        Column(_NAMES[Audience.ROAMING], Audience.ROAMING),
        *(Column(f"Drivers of {msp.name}", Audience.ROAMING, msp=msp) for msp in msps),
        Column(_NAMES[Audience.REIMBURSEMENT], Audience.REIMBURSEMENT),
    )


def _ids(keys: list[str], audience: str) -> set[int]:
    parts = [key.partition("-") for key in keys]
    return {int(number) for kind, _, number in parts if kind == audience and number.isdecimal() and len(number) < 18}


def _column(row: RateAssignment) -> Column:
    return Column("", row.audience, group=row.group, msp=row.msp)
