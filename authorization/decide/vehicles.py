"""Autocharge: vehicles identified by their own id, from the first refusal to the driver's consent.

A vehicle's id is neither secret nor proof: a copy of it charges at the driver's cost. So the driver must consent; this
is not an ISO 15118 contract. What a manufacturer calls "plug & charge" may also be a charger that always sends one
fixed id, which is treated like any other token.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from authorization.decide.facts import AutochargeFacts
from authorization.identifiers import uids
from authorization.models import Token, Vehicle
from chargers.models import Charger, Connector, Evse, Transaction

PAIRED_WITHIN: Final = timedelta(seconds=60)
"""How long after its refusal a car is matched with a start at the same connector."""
_WAITING: Final = ("Preparing", "Occupied")
State = Vehicle.State


class NoPayerError(Exception):
    """The car cannot be enabled: no card pays for it."""


@dataclass(frozen=True, slots=True)
class KnownVehicle:
    """A car as one host knows it.

    `card_uid` is the canonical UID of the paying card, if the car may start by itself.
    """

    facts: AutochargeFacts
    card_uid: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """The driver's consent: who recorded it, and its wording."""

    by: str
    words: str


def by_host(canonical_uid: str, *, charger_pks: Collection[int]) -> dict[int, KnownVehicle]:
    """Returns what these chargers' hosts know of the car, by host key. One query."""
    vehicles = Vehicle.objects.filter(canonical_uid=canonical_uid, host__properties__chargers__in=charger_pks)
    return {vehicle.host_id: _build_known_vehicle(vehicle) for vehicle in vehicles.select_related("token").distinct()}


def _build_known_vehicle(vehicle: Vehicle) -> KnownVehicle:
    token = vehicle.token
    if vehicle.state != State.ENABLED or token is None:
        return KnownVehicle(AutochargeFacts(is_known=vehicle.state != State.SEEN))
    driver = token.owner or token.visual_number or token.uid
    return KnownVehicle(
        AutochargeFacts(is_known=True, enabled=True, driver=driver, card=token.uid), token.canonical_uid
    )


def payers(canonical_uids: Collection[str], *, host_id: int) -> dict[str, str]:
    """Returns the paying token of each UID that is one of the host's vehicles. No query if none is a vehicle's."""
    cars = [uid for uid in canonical_uids if uids.is_vehicle(uid)]
    if not cars:
        return {}
    rows = Vehicle.objects.filter(host=host_id, canonical_uid__in=cars, token__isnull=False)
    return dict(rows.values_list("canonical_uid", "token__canonical_uid"))


def remember(charger: Charger, *, uid: str, evse_number: int | None, now: datetime) -> None:
    """Records the refusal of an unknown vehicle. Three statements at most."""
    canonical = uids.from_wire(uid)
    if not canonical or not uids.is_vehicle(canonical):
        return
    connector_number = evse_number if evse_number is not None else _find_occupied_connector(charger)
    sighting = {"uid": uid.strip()[:36], "seen_at": now, "seen_by": charger, "seen_evse_number": connector_number}
    Vehicle.objects.update_or_create(
        host_id=charger.property.host_id,
        canonical_uid=canonical,
        defaults=sighting,
        create_defaults={**sighting, "first_seen_at": now},
    )


def _find_occupied_connector(charger: Charger) -> int | None:
    """Returns the only connector with a car that is not charging yet; None if there is not exactly one."""
    waiting = Connector.objects.filter(evse__charger=charger, status__in=_WAITING)
    numbers = set(waiting.values_list("evse__number", flat=True)[:3])
    return numbers.pop() if len(numbers) == 1 else None


def pair_token(charger: Charger, row: Transaction, *, token_id: int | None, now: datetime) -> Vehicle | None:
    """Pairs the token of a start with a vehicle refused just before; suspended until the driver consents.

    Only if exactly one vehicle qualifies, and never one that has consent already. A vehicle whose outlet is unknown may
    be at another outlet of the charger, if it has several.
    """
    evse_condition = Q(seen_evse_number=row.evse_number)
    if Evse.objects.filter(charger=charger).count() < 2:
        evse_condition |= Q(seen_evse_number=None)
    candidates = Vehicle.objects.select_for_update().filter(
        evse_condition, seen_by=charger, seen_at__gte=now - PAIRED_WITHIN, consent_at=None
    )
    with transaction.atomic():
        vehicles = list(candidates[:2])
        if len(vehicles) != 1:
            return None
        vehicle = vehicles[0]
        own = Token.objects.filter(pk=token_id, host=vehicle.host_id).first() if token_id else None
        vehicle.state, vehicle.token, vehicle.paired_at, vehicle.paired_by = State.SUSPENDED, own, now, row
        vehicle.save(update_fields=["state", "token", "paired_at", "paired_by"])
        return vehicle


def of_transaction(row: Transaction) -> Vehicle | None:
    """Returns the car that was paired by this transaction, or that started it itself."""
    canonical = uids.from_wire(row.id_token) or ""
    is_it = Q(paired_by=row)
    if uids.is_vehicle(canonical):
        is_it |= Q(host__properties__chargers=row.charger_id, canonical_uid=canonical)
    return Vehicle.objects.filter(is_it).select_related("token", "host").order_by("-paired_at").first()


def agree(vehicle: Vehicle, consent: Consent, *, now: datetime) -> bool:
    """Records the driver's consent.

    Returns whether the car may start by itself now, which needs a card that pays for it.
    """
    vehicle.consent_at, vehicle.consent_by, vehicle.consent_words = now, consent.by[:150], consent.words[:500]
    vehicle.state = State.ENABLED if vehicle.token_id else State.SUSPENDED
    vehicle.save(update_fields=["consent_at", "consent_by", "consent_words", "state"])
    return vehicle.state == State.ENABLED


def withdraw(vehicle: Vehicle) -> None:
    """Withdraws the driver's consent."""
    vehicle.consent_at, vehicle.consent_by, vehicle.consent_words = None, "", ""
    vehicle.state = State.SUSPENDED
    vehicle.save(update_fields=["consent_at", "consent_by", "consent_words", "state"])


def enable(vehicle: Vehicle) -> None:
    """Enables the vehicle with the consent already recorded. Raises NoPayerError."""
    if vehicle.token_id is None:
        raise NoPayerError("Say first which of your cards pays for this car.")
    vehicle.state = State.ENABLED
    vehicle.save(update_fields=["state"])


def suspend(vehicle: Vehicle) -> None:
    """Refuses the vehicle until it is enabled again; a running session continues."""
    vehicle.state = State.SUSPENDED
    vehicle.save(update_fields=["state"])


def pay_with(vehicle: Vehicle, token: Token) -> None:
    """Changes the paying card. The new card's driver must consent anew."""
    vehicle.token = token
    vehicle.state = State.SUSPENDED
    vehicle.consent_at, vehicle.consent_by, vehicle.consent_words = None, "", ""
    vehicle.save(update_fields=["token", "state", "consent_at", "consent_by", "consent_words"])
