"""What a charger's settings were before: a row for every value that changed, and the names people know them by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chargers.models import Charger, Variable, VariableChange
from chargers.text.masking import is_secret


@dataclass(frozen=True, slots=True)
class VariableFacts:
    """One setting as a charger reports it."""

    component: str
    name: str
    value: str | None
    mutability: str = ""
    component_instance: str = ""
    instance: str = ""
    attribute: str = "Actual"
    evse_number: int | None = None
    connector_number: int | None = None


def key_of(one: VariableFacts | Variable) -> str:
    """The name of a setting: `HeartbeatInterval`, `SampledDataCtrlr.TxUpdatedInterval`, `EVSE#1.Power@Target`."""
    place = "" if one.evse_number is None else f"#{one.evse_number}"
    if one.connector_number is not None:
        place += f".{one.connector_number}"
    component = one.component + (f"({one.component_instance})" if one.component_instance else "") + place
    name = one.name + (f"({one.instance})" if one.instance else "")
    attribute = "" if one.attribute == "Actual" else f"@{one.attribute}"
    return (f"{component}.{name}" if one.component else name)[:480] + attribute


def note(charger: Charger, reported: Sequence[VariableFacts], *, now: datetime, origin: str) -> None:
    """Keeps what differs from what was known; one query to read, one to write where anything did."""
    reported = [variable_facts for variable_facts in reported if not is_secret(variable_facts.name)]
    names = {facts.name[:100] for facts in reported}
    known = {key_of(row): row.value for row in Variable.objects.filter(charger=charger, name__in=names)}
    changed = [
        VariableChange(charger=charger, key=key, before=known[key], after=one.value, at=now, origin=origin[:100])
        for key, one in {key_of(one): one for one in reported}.items()
        if key in known and known[key] != one.value
    ]
    if changed:
        VariableChange.objects.bulk_create(changed)


def of_charger(charger: Charger, *, since: datetime) -> list[VariableChange]:
    """The newest changes first, 200 at most."""
    return list(VariableChange.objects.filter(charger=charger, at__gte=since).order_by("-at", "key")[:200])
