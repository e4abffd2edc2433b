"""The ports of a charger as guests see them: one for each outlet, with its state."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from billing.sessions.lifecycle import outlets
from chargers.fleet import condition
from chargers.fleet.condition import Condition
from chargers.lib.i18n import mark
from chargers.models import Charger, Connector

_TAKEN: Final = mark("Occupied")


@dataclass(frozen=True, slots=True)
class Port:
    """One plug of the station, with its state."""

    connector: Connector
    condition: Condition

    @property
    def number(self) -> int:
        """Returns the number on the label: the EVSE's number."""
        return self.connector.evse.number

    @property
    def is_free(self) -> bool:
        """Whether a driver could use it now: no car occupies it."""
        return self.condition.can_start and not self.condition.is_plugged_in

    @property
    def word(self) -> str:
        """Returns the port's state in the guest's language."""
        if self.condition.is_plugged_in:
            return _("A car is plugged in")
        is_free = self.condition.kind == "ok"
        return _(_TAKEN) if is_free and not self.condition.can_start else _(self.condition.word)


def ports_of(charger: Charger, *, now: datetime) -> list[Port]:
    """Returns one port for each outlet, in the order of the label. Two queries."""
    return ports_of_each([charger], now=now)[charger.pk]


def ports_of_each(chargers: Collection[Charger], *, now: datetime) -> dict[int, list[Port]]:
    """Returns the ports of several chargers by the charger's primary key. Two queries."""
    keys = [charger.pk for charger in chargers]
    taken_numbers = outlets.numbers_taken(keys, now=now)
    connectors = (
        condition.connectors().filter(evse__charger__in=keys).select_related("evse").order_by("evse__number", "number")
    )
    online = {charger.pk: charger.is_served() and charger.status != "Faulted" for charger in chargers}
    by_evse: dict[int, dict[int, Port]] = {key: {} for key in keys}
    for connector in connectors:
        key, number = connector.evse.charger_id, connector.evse.number
        connector_state = condition.of_connector(connector, online=online[key], is_taken=(key, number) in taken_numbers)
        by_evse[key].setdefault(number, Port(connector, connector_state))
    return {key: list(ports.values()) for key, ports in by_evse.items()}
