"""The head of every page of a charger, above its tabs."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.http import Http404, HttpRequest

from authorization.people import access
from authorization.people.request import now, viewer
from billing.sessions.lifecycle import outlets
from chargers.fleet import condition
from chargers.fleet.condition import Condition
from chargers.formatting.phrases import licence_holds
from chargers.models import Charger, Connector, Property


@dataclass(frozen=True, slots=True)
class Plug:
    """A connector with its current condition."""

    connector: Connector
    condition: Condition


@dataclass(frozen=True, slots=True)
class Frame:
    """A charger, its condition, and its plugs in order."""

    charger: Charger
    condition: Condition
    plugs: list[Plug]

    @property
    def time_zone(self) -> str:
        return self.charger.property.time_zone

    @property
    def can_charge(self) -> str:
        """Tells whether a car can begin to charge here now, according to the hardware and the licence."""
        if not licence_holds(self.charger):
            return "No new session can start: the licence is not active."
        match self.condition.kind:
            case "ok":
                return f"Yes, a car can start here now. {self.condition.sentence}"
            case "busy" if self.condition.can_start:
                return f"Yes. {self.condition.sentence}"
            case "busy":
                return f"Not now: every connector is in use ({self.condition.sentence.lower()})."
            case "warn" if self.condition.can_start:
                return f"Yes, on a part of it. {self.condition.sentence}"
            case "warn":
                return f"Not right now. {self.condition.sentence}"
            case _:
                return f"No. {self.condition.sentence}"

    @property
    def who_can_charge(self) -> str:
        """Tells which kinds of people may charge."""
        match self.charger.property.access:
            case Property.Access.PUBLIC_ROAMING:
                return "Cards of its local groups, guests, and cards and apps of mobility providers are admitted."
            case Property.Access.GUEST:
                return "Cards of its local groups and guests are admitted; cards of mobility providers are not."
            case _:
                return "Only cards of its local groups, direct grants and guests of a stay are admitted."


def number_of(plug: Plug) -> str:
    """Returns the connector's number as the charger counts it; with a second figure if an outlet has several."""
    evse_number, number = plug.connector.evse.number, plug.connector.number
    return f"{evse_number}" if number in {1, evse_number} else f"{evse_number}.{number}"


def frame_of(request: HttpRequest, charger_id: str) -> Frame:
    """Returns the charger if the user may see it; otherwise the same 404 as for an unknown charger."""
    annotated_chargers = condition.with_since(access.chargers(viewer(request)))
    chargers = annotated_chargers.select_related("property__host", "unit", "licence", "card_memory")
    charger = chargers.prefetch_related(*with_outlets(now())).filter(charger_id=charger_id).first()
    if charger is None:
        raise Http404
    return build_frame(charger)


def with_outlets(at: datetime) -> tuple[Any, Any]:
    """Returns the prefetches for `framed`: outlets that know whether somebody uses them, and their connectors."""
    return Prefetch("evses", outlets.with_taken(now=at)), Prefetch("evses__connectors", condition.connectors())


def build_frame(charger: Charger) -> Frame:
    """Makes the frame of a charger with prefetched evses and connectors: no query."""
    evses = sorted(charger.evses.all(), key=lambda evse: evse.number)
    connectors = [c for evse in evses for c in sorted(evse.connectors.all(), key=lambda c: c.number)]
    return Frame(
        charger=charger,
        condition=condition.of_charger(charger, connectors),
        plugs=[Plug(c, _condition(c, charger)) for c in connectors],
    )


def _condition(connector: Connector, charger: Charger) -> Condition:
    """Returns the reported condition, except that a Pending or Rejected charger cannot start."""
    is_occupied = condition.taken_of(connector)
    reported = condition.of_connector(connector, online=charger.is_online(), is_taken=is_occupied)
    return reported if charger.is_served() else replace(reported, can_start=False)
