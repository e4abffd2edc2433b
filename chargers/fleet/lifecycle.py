"""A charger after its first day: moved, given other outlets, taken out of service and brought back, licensed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from chargers.models import Charger, Connector, Licence, Property, Unit


class BusyError(Exception):
    """It cannot be done now: somebody is charging there, or its property is closed. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """What a connector is, as its maker says: OCPI ConnectorType, and its power in W (None: not known)."""

    standard: str
    max_power_w: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """Everything that a host says of a charger. `outlets`: by the key of the connector."""

    property: Property
    unit: Unit | None
    name: str
    configured: bool
    accepts_any_token_until: datetime | None
    outlets: Mapping[int, Outlet]

    def as_audit(self) -> dict[str, object]:
        """For the audit trail."""
        until = self.accepts_any_token_until
        return {
            "property": self.property.slug,
            "unit": self.unit.slug if self.unit else None,
            "name": self.name,
            "configured": self.configured,
            "accepts_any_token_until": until.isoformat() if until else None,
            "outlets": {str(pk): [outlet.standard, outlet.max_power_w] for pk, outlet in sorted(self.outlets.items())},
        }


def as_it_is(charger: Charger) -> SetUp:
    """The set-up that holds now. One query for the outlets."""
    plugs = Connector.objects.filter(evse__charger=charger)
    return SetUp(
        property=charger.property,
        unit=charger.unit,
        name=charger.name,
        configured=charger.configured,
        accepts_any_token_until=charger.accepts_any_token_until,
        outlets={plug.pk: Outlet(plug.standard, plug.max_power_w) for plug in plugs},
    )


def change(charger: Charger, details: SetUp) -> dict[str, tuple[object, object]]:
    """Makes it so; returns what changed, each with before and after. Raises BusyError where a session would move."""
    with transaction.atomic():
        locked = Charger.objects.select_for_update(of=("self",)).select_related("property", "unit").get(pk=charger.pk)
        before, after = as_it_is(locked).as_audit(), details.as_audit()
        if before["property"] != after["property"]:
            _refuse_while_charging(locked, "move the charger")
        Charger.objects.filter(pk=charger.pk).update(
            property=details.property,
            unit=details.unit,
            name=details.name,
            configured=details.configured,
            accepts_any_token_until=details.accepts_any_token_until,
        )
        for pk, outlet in details.outlets.items():
            Connector.objects.filter(pk=pk, evse__charger=charger).update(
                standard=outlet.standard, max_power_w=outlet.max_power_w
            )
    return {name: (before[name], after[name]) for name in before if before[name] != after[name]}


def retire(charger: Charger, *, now: datetime) -> bool:
    """Takes it out of service: it is let in no more, and its label leads nowhere. False: it was already.

    Raises BusyError.
    """
    with transaction.atomic():
        locked = Charger.objects.select_for_update().get(pk=charger.pk)
        _refuse_while_charging(locked, "retire the charger")
        return bool(Charger.objects.filter(pk=charger.pk, retired_at=None).update(retired_at=now))


@transaction.atomic
def bring_back(charger: Charger) -> bool:
    """Into service again, with everything it had. False: it never left. Raises BusyError at a closed property."""
    property_ = Property.objects.select_for_update().get(pk=charger.property_id)
    if property_.closed_at is not None:
        raise BusyError(f"{property_.name} is closed: open it again, or move the charger to another property first.")
    return bool(Charger.objects.filter(pk=charger.pk).exclude(retired_at=None).update(retired_at=None))


def license_(charger: Charger, *, state: str, expires_on: date | None) -> Licence:
    """Activates, ends or prolongs the charger's right to operate; sessions that run go on."""
    row, _ = Licence.objects.update_or_create(charger=charger, defaults={"state": state, "expires_on": expires_on})
    return row


def property_choices(charger: Charger, among: Collection[Property]) -> list[Property]:
    """Where the charger may be moved to: its own host's properties only, because cards and money are the host's."""
    return [property_ for property_ in among if property_.host_id == charger.property.host_id]


def _refuse_while_charging(charger: Charger, what: str) -> None:
    running = charger.transactions.filter(stopped_at=None).first()
    if running is not None:
        raise BusyError(
            f"{running.id_token or 'Somebody'} is charging on connector {running.evse_number or '?'}: {what} when that"
            " session has ended, or stop it under Controls."
        )
