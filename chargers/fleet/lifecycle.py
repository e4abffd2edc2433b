"""The life of a registered charger: moved, given other outlets, retired and brought back, licensed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from chargers.models import Charger, Connector, Licence, Property, Unit


class BusyError(Exception):
    """The change is not possible now: somebody is charging there, or its property is closed.

    The message is a sentence.
    """


@dataclass(frozen=True, slots=True)
class Outlet:
    """The specification of a connector: OCPI ConnectorType, and its power in W (None if unknown)."""

    standard: str
    max_power_w: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """The set-up of a charger by the host. `outlets` are by the key of the connector."""

    property: Property
    unit: Unit | None
    name: str
    configured: bool
    accepts_any_token_until: datetime | None
    outlets: Mapping[int, Outlet]

    def as_audit(self) -> dict[str, object]:
        """Returns the set-up for the audit trail."""
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
    """Returns the current set-up. One query for the outlets."""
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
    """Applies the set-up.

    Returns the changed values, each before and after. Raises BusyError if a session would move.
    """
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
    """Retires the charger: it can no longer connect, and its label leads nowhere. False if it already was retired.

    Raises BusyError.
    """
    with transaction.atomic():
        locked = Charger.objects.select_for_update().get(pk=charger.pk)
        _refuse_while_charging(locked, "retire the charger")
        return bool(Charger.objects.filter(pk=charger.pk, retired_at=None).update(retired_at=now))


@transaction.atomic
def bring_back(charger: Charger) -> bool:
    """Returns the charger to service with everything it had.

    False if it was not retired. Raises BusyError at a closed property.
    """
    property_ = Property.objects.select_for_update().get(pk=charger.property_id)
    if property_.closed_at is not None:
        raise BusyError(f"{property_.name} is closed: open it again, or move the charger to another property first.")
    return bool(Charger.objects.filter(pk=charger.pk).exclude(retired_at=None).update(retired_at=None))


def license_(charger: Charger, *, state: str, expires_on: date | None) -> Licence:
    """Activates, ends or prolongs the charger's right to operate; running sessions continue."""
    row, _ = Licence.objects.update_or_create(charger=charger, defaults={"state": state, "expires_on": expires_on})
    return row


def property_choices(charger: Charger, among: Collection[Property]) -> list[Property]:
    """Returns the properties to which the charger may be moved: only its own host's, because cards and money belong to
    the host.
    """
    return [property_ for property_ in among if property_.host_id == charger.property.host_id]


def _refuse_while_charging(charger: Charger, action: str) -> None:
    running = charger.transactions.filter(stopped_at=None).first()
    if running is not None:
        raise BusyError(
            f"{running.id_token or 'Somebody'} is charging on connector {running.evse_number or '?'}: {action} when "
            "that"
            " session has ended, or stop it under Controls."
        )
