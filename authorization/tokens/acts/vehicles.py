"""Acts on a car that starts by itself: enable with its driver's consent, suspend, set the payer, name, remove."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.decide import vehicles
from authorization.decide.vehicles import Consent, NoPayerError
from authorization.models import ApiKey, Token, User, Vehicle
from authorization.people import access
from authorization.people.roles import Right
from authorization.tokens import tokens


class VehicleError(Exception):
    """The act is not possible yet; the message says what is missing."""


def enable(vehicle: Vehicle, *, consent: str, by: User | ApiKey, now: datetime) -> None:
    """Lets the car start by itself. Raises NotAllowedError, and VehicleError without consent or payer."""

    def change(locked: Vehicle) -> None:
        if locked.consent_at is None and not consent:
            raise VehicleError("Write down how the driver agreed: without that no car starts by itself.")
        if locked.token_id is None:
            raise VehicleError("Say first which of your cards pays for this car.")
        if consent:
            vehicles.agree(locked, Consent(audit.name(audit.actor(by)), consent), now=now)
        try:
            vehicles.enable(locked)
        except NoPayerError as exc:
            raise VehicleError(str(exc)) from exc

    _change(vehicle, "vehicle.enabled", change, by=by, now=now)


def suspend(vehicle: Vehicle, *, by: User | ApiKey, now: datetime) -> None:
    """Refuses the car; a running session continues. Raises NotAllowedError."""
    _change(vehicle, "vehicle.suspended", vehicles.suspend, by=by, now=now)


def pay_with(vehicle: Vehicle, *, uid: str, by: User | ApiKey, now: datetime) -> Token:
    """Sets the host's card that pays. Raises NotAllowedError, and VehicleError for any other card."""
    access.require(by, Right.MANAGE, vehicle.host)
    token = tokens.find(vehicle.host, uid)
    if token is None:
        raise VehicleError("None of your cards has this number: it must be one of the host's own.")
    payer = token

    def change(locked: Vehicle) -> None:
        vehicles.pay_with(locked, payer)

    _change(vehicle, "vehicle.payer_changed", change, by=by, now=now)
    return token


def name(vehicle: Vehicle, *, text: str, by: User | ApiKey, now: datetime) -> None:
    """Names the car. Raises NotAllowedError."""

    def change(locked: Vehicle) -> None:
        locked.name = text
        locked.save(update_fields=["name"])

    _change(vehicle, "vehicle.named", change, by=by, now=now)


def remove(vehicle: Vehicle, *, by: User | ApiKey, now: datetime) -> None:
    """Deletes the car, as if it had never been seen. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, vehicle.host)
    subject = _subject(vehicle)
    with transaction.atomic():
        locked = _lock_vehicle(vehicle)
        before = _audit_values(locked)
        locked.delete()
        audit.write("vehicle.removed", subject, user=by, now=now, before=before, after={})


def _change(
    vehicle: Vehicle, verb: str, change: Callable[[Vehicle], object], *, by: User | ApiKey, now: datetime
) -> None:
    """Changes the locked row, and copies the change to the caller's object."""
    access.require(by, Right.MANAGE, vehicle.host)
    with transaction.atomic():
        locked = _lock_vehicle(vehicle)
        before = _audit_values(locked)
        change(locked)
        audit.write(verb, _subject(vehicle), user=by, now=now, before=before, after=_audit_values(locked))
        vehicle.refresh_from_db()


def _lock_vehicle(vehicle: Vehicle) -> Vehicle:
    """Returns the locked row. Raises NotAllowedError, a 404, if another request has deleted the car."""
    locked = Vehicle.objects.select_for_update().filter(pk=vehicle.pk).first()
    if locked is None:
        raise access.NotAllowedError
    return locked


def _subject(vehicle: Vehicle) -> audit.Subject:
    return audit.Subject("vehicle", vehicle.pk, vehicle.uid, vehicle.host)


def _audit_values(vehicle: Vehicle) -> dict[str, str | None]:
    return {
        "state": vehicle.state,
        "name": vehicle.name,
        "card": vehicle.token.uid if vehicle.token else None,
        "consent_by": vehicle.consent_by,
        "consent_words": vehicle.consent_words,
    }
