"""User actions on the life of a charger: registered, set up, retired, brought back, licensed."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from chargers.acts import subject
from chargers.fleet import lifecycle, registration
from chargers.fleet.lifecycle import SetUp
from chargers.fleet.registration import Registration
from chargers.models import Charger, Licence


def register(details: Registration, *, by: User | ApiKey, now: datetime) -> tuple[Charger, str]:
    """Registers a charger. Returns it with its password, which is stored nowhere in clear.

    Raises NotAllowedError and TakenError.
    """
    access.require(by, Right.MANAGE, details.property.host)
    with transaction.atomic():
        charger, password = registration.register(details)
        after = {
            "property": charger.property.slug,
            "station_id": charger.station_id,
            "security_profile": charger.security_profile,
            "connectors": details.outlets.count,
        }
        audit.write("charger.added", subject.of_charger(charger), user=by, now=now, after=after)
    return charger, password


def register_all(several: Sequence[Registration], *, by: User | ApiKey, now: datetime) -> list[tuple[Charger, str]]:
    """Registers all chargers or none, each with its password. Raises NotAllowedError and TakenError."""
    with transaction.atomic():
        return [register(details, by=by, now=now) for details in several]


def set_up(charger: Charger, details: SetUp, *, by: User | ApiKey, now: datetime) -> bool:
    """Changes the charger's set-up by the host; False if nothing differs. Raises NotAllowedError and BusyError."""
    access.require(by, Right.MANAGE, charger.property.host)
    with transaction.atomic():
        changes = lifecycle.change(charger, details)
        if not changes:
            return False
        before = {name: pair[0] for name, pair in changes.items()}
        after = {name: pair[1] for name, pair in changes.items()}
        audit.write("charger.set_up", subject.of_charger(charger), user=by, now=now, before=before, after=after)
    return True


def retire(charger: Charger, *, reason: str, by: User | ApiKey, now: datetime) -> None:
    """Takes the charger out of service: it can no longer connect. Raises NotAllowedError and BusyError."""
    access.require(by, Right.MANAGE, charger.property.host)
    with transaction.atomic():
        if lifecycle.retire(charger, now=now):
            audit.write("charger.retired", subject.of_charger(charger), user=by, now=now, reason=reason)


def bring_back(charger: Charger, *, reason: str, by: User | ApiKey, now: datetime) -> None:
    """Brings a retired charger back. Raises NotAllowedError and BusyError."""
    access.require(by, Right.MANAGE, charger.property.host)
    with transaction.atomic():
        if lifecycle.bring_back(charger):
            audit.write("charger.brought_back", subject.of_charger(charger), user=by, now=now, reason=reason)


def license_(charger: Charger, *, state: str, expires_on: date | None, by: User | ApiKey, now: datetime) -> None:
    """Sets the right to operate; for support only. Raises NotAllowedError."""
    access.require_agent(by, Right.MANAGE)
    licence_row = Licence.objects.filter(charger=charger).first() or Licence(charger=charger)
    before = _facts(licence_row)
    licence = audit.Subject("licence", charger.lasting_id(), f"Licence of {charger}", charger.property.host)
    with transaction.atomic():
        row = lifecycle.license_(charger, state=state, expires_on=expires_on)
        audit.write("licence.changed", licence, user=by, now=now, before=before, after=_facts(row))


def _facts(licence: Licence) -> dict[str, object]:
    return {"state": licence.state, "expires_on": licence.expires_on and licence.expires_on.isoformat()}
