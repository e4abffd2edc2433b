"""The ports of a charger as guests see them: one for each outlet, with its state."""

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
    """Returns one port for each outlet, in the order of the labels."""
    taken = {number for _charger, number in outlets.numbers_taken([charger.pk], now=now)}
    connectors = (
        condition.connectors().filter(evse__charger=charger).select_related("evse").order_by("evse__number", "number")
    )
    online = charger.is_served() and charger.status != "Faulted"
    by_evse: dict[int, Port] = {}
    for connector in connectors:
        number = connector.evse.number
        seen = condition.of_connector(connector, online=online, is_taken=number in taken)
        by_evse.setdefault(number, Port(connector, seen))
    return list(by_evse.values())
