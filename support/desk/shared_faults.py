"""Groups chargers in trouble: the same fault, firmware or site is one incident rather than forty tickets."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chargers.fleet import condition
from chargers.models import Charger, Connector

_FEWEST: Final = 2
_MAX_GROUPS: Final = 6
_MAX_NAMED: Final = 4
_MAX_CHARGERS: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Chargers with something in common. `kind` tells what; `named` are some of them."""

    kind: str
    what: str
    count: int
    named: Sequence[Charger]

    @property
    def more(self) -> int:
        return self.count - len(self.named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """All chargers that have been offline for a while or are faulted: their number, and the groups, largest first."""

    count: int
    groups: Sequence[Group]
    single: Sequence[Charger]
    """Chargers in no group."""


def collect(*, now: datetime) -> Trouble:
    """Collects the chargers in trouble. Two queries."""
    since = now - condition.OFFLINE_NEEDS_CARE
    offline = Charger.objects.filter(connection_id=None, disconnected_at__lte=since, retired_at=None)
    faulted = Charger.objects.filter(condition.build_fault_filter())
    rows = list((offline | faulted).select_related("property").order_by("station_id").distinct()[:_MAX_CHARGERS])
    by_fault = defaultdict[tuple[str, str], list[Charger]](list)
    faults = _faults(rows)
    for charger in rows:
        for key in _keys(charger, faults.get(charger.pk, "")):
            by_fault[key].append(charger)
    groups = [
        Group(kind=kind, what=subject, count=len(them), named=them[:_MAX_NAMED])
        for (kind, subject), them in by_fault.items()
        if len(them) >= _FEWEST
    ]
    groups.sort(key=lambda group: (-group.count, group.kind, group.what))
    grouped = {charger.pk for (_, _), them in by_fault.items() if len(them) >= _FEWEST for charger in them}
    single = [charger for charger in rows if charger.pk not in grouped]
    return Trouble(count=len(rows), groups=groups[:_MAX_GROUPS], single=single[:_MAX_NAMED])


def _keys(charger: Charger, fault: str) -> Iterator[tuple[str, str]]:
    """Yields what the charger may share with others.

    An offline one shares its site and firmware, but no earlier fault.
    """
    yield "Same site", charger.property.name
    if charger.connection_id is not None and fault:
        yield "Same fault", fault
    firmware = " ".join(filter(None, (charger.vendor, charger.model, charger.firmware_version)))
    if charger.firmware_version:
        yield "Same firmware", firmware


def _faults(chargers: Sequence[Charger]) -> dict[int, str]:
    """Returns the fault that a connector of each charger reports, in the charger's own words."""
    rows = Connector.objects.filter(evse__charger__in=chargers, status="Faulted").order_by("evse__number", "number")
    by_charger: dict[int, str] = {}
    for connector in rows.select_related("evse"):
        error, own = connector.error_code or "Faulted", connector.vendor_error_code
        by_charger.setdefault(connector.evse.charger_id, f"{error} ({own})" if own else error)
    return by_charger
