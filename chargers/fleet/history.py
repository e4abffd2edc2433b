"""The history of a charger's settings: a row for every changed value, and the settings' names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chargers.models import Charger, Variable, VariableChange
from chargers.text.masking import is_secret


@dataclass(frozen=True, slots=True)
class VariableFacts:
    """A setting as reported by a charger."""

    component: str
    name: str
    value: str | None
    mutability: str = ""
    component_instance: str = ""
    instance: str = ""
    attribute: str = "Actual"
    evse_number: int | None = None
    connector_number: int | None = None


def key_of(variable: VariableFacts | Variable) -> str:
    """Returns the name of a setting:

    `HeartbeatInterval`, `SampledDataCtrlr.TxUpdatedInterval`, `EVSE#1.Power@Target`.
    """
    position = "" if variable.evse_number is None else f"#{variable.evse_number}"
    if variable.connector_number is not None:
        position += f".{variable.connector_number}"
    component = (
        variable.component + (f"({variable.component_instance})" if variable.component_instance else "") + position
    )
    name = variable.name + (f"({variable.instance})" if variable.instance else "")
    attribute = "" if variable.attribute == "Actual" else f"@{variable.attribute}"
    return (f"{component}.{name}" if variable.component else name)[:480] + attribute


def note(charger: Charger, reported: Sequence[VariableFacts], *, now: datetime, origin: str) -> None:
    """Stores the changed values; one query to read, and one to write if anything changed."""
    reported = [variable_facts for variable_facts in reported if not is_secret(variable_facts.name)]
    names = {facts.name[:100] for facts in reported}
    values = {key_of(row): row.value for row in Variable.objects.filter(charger=charger, name__in=names)}
    changed = [
        VariableChange(charger=charger, key=key, before=values[key], after=facts.value, at=now, origin=origin[:100])
        for key, facts in {key_of(facts): facts for facts in reported}.items()
        if key in values and values[key] != facts.value
    ]
    if changed:
        VariableChange.objects.bulk_create(changed)


def of_charger(charger: Charger, *, since: datetime) -> list[VariableChange]:
    """Returns the newest changes first, at most 200."""
    return list(VariableChange.objects.filter(charger=charger, at__gte=since).order_by("-at", "key")[:200])
