"""Stays: a guest's card may charge at their unit between arrival and departure. One row per card."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet

from authorization.identifiers import uids
from authorization.models import Stay, Token
from authorization.tokens import tokens
from chargers.local_lists import list_state
from chargers.models import Charger, Property, Unit

_LATELY: Final = timedelta(days=7)


class ManagedElsewhereError(Exception):
    """A property system manages the stay; the message tells where it is changed."""


class State(StrEnum):
    """The state of a stay."""

    COMING = "coming"
    RUNNING = "running"
    OVER = "over"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


@dataclass(frozen=True, slots=True, kw_only=True)
class StayDetails:
    """A stay as entered. Without a unit it is for the chargers of the whole property."""

    property: Property
    unit: Unit | None
    guest_name: str
    arrives_at: datetime
    departs_at: datetime
    guest_email: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class AddedStay:
    """The stay of one card; not new if the same one existed already."""

    stay: Stay
    is_new: bool


def add(entered: StayDetails, *, cards: Sequence[str]) -> list[AddedStay]:
    """Adds a stay for each token, or one without a token, for which the guest's phone is the key.

    Unknown tokens become the host's. Raises uids.UidError for an invalid UID. An identical stay that is not cancelled
    is not added again, so a form may be sent twice.
    """
    canonical = {uids.of_card(uid): uid for uid in cards}
    with transaction.atomic():
        Property.objects.select_for_update(no_key=True).get(pk=entered.property.pk)  # two requests may come at once
        owned: list[Token | None] = [
            tokens.get_or_create_own(entered.property.host, uid, owner=entered.guest_name) for uid in canonical.values()
        ]
        owned = owned or [None]
        stay_results = [
            Stay.objects.get_or_create(token=token, cancelled_at=None, **_columns(entered)) for token in owned
        ]
    return [AddedStay(stay, is_new) for stay, is_new in stay_results]


def change(stay: Stay, entered: StayDetails) -> None:
    """Changes dates, unit or name; the card stays."""
    for name, value in _columns(entered).items():
        setattr(stay, name, value)
    stay.save(update_fields=list(_columns(entered)))


def end(stay: Stay, *, now: datetime) -> bool:
    """Ends a stay that runs, or cancels one that has not begun. Returns False if it was over or cancelled before."""
    open_ones = Stay.objects.filter(pk=stay.pk, cancelled_at=None, departs_at__gt=now)
    if open_ones.filter(arrives_at__lt=now).update(departs_at=now):
        return True
    return bool(open_ones.update(cancelled_at=now))


def require_own(stay: Stay) -> None:
    """Raises ManagedElsewhereError if a property system manages the stay: its next sync would undo the change."""
    if stay.connection is not None:
        system = stay.connection.get_kind_display()
        raise ManagedElsewhereError(f"This stay comes from {stay.connection.name} ({system}): change it there.")


def give_card(stay: Stay, uid: str) -> None:
    """Sets the stay's card; an unknown card becomes the host's. Raises uids.UidError."""
    stay.token = tokens.get_or_create_own(stay.property.host, uid, owner=stay.guest_name)
    stay.save(update_fields=["token"])
    list_state.mark_host_due(stay.property.host)


def state(stay: Stay, *, now: datetime) -> State:
    if stay.cancelled_at is not None:
        return State.NO_SHOW if stay.channel_state == Stay.ChannelState.NO_SHOW else State.CANCELLED
    if now < stay.arrives_at:
        return State.COMING
    return State.RUNNING if now < stay.departs_at else State.OVER


def access_span(stay: Stay) -> tuple[datetime, datetime]:
    """Returns from when to when its card is admitted: for a property system's booking, with the margins around it."""
    return stay.access_from or stay.arrives_at, stay.access_to or stay.departs_at


def includes_charger(stay: Stay, charger: Charger) -> bool:
    """Whether the stay includes the charger: its unit's, the property's shared ones, or all of a property."""
    if stay.property_id != charger.property_id:
        return False
    return None in {stay.unit_id, charger.unit_id} or stay.unit_id == charger.unit_id


def is_open(stay: Stay, *, now: datetime) -> bool:
    """Whether its guest may charge at this moment."""
    begins, ends = access_span(stay)
    return stay.cancelled_at is None and begins <= now < ends


def seconds_away(stay: Stay, *, now: datetime) -> float:
    """Returns the seconds until its guest may charge, or since they no longer may; 0 while they may."""
    begins, ends = access_span(stay)
    return max((begins - now).total_seconds(), (now - ends).total_seconds(), 0.0)


def takes_bookings(charger: Charger, *, now: datetime) -> bool:
    """Whether a guest at this charger may have a booking: its property has stays that are recent, current or future.

    One query.
    """
    return Stay.objects.filter(property=charger.property_id, departs_at__gt=now - _LATELY).exists()


def display_key(stay: Stay) -> str:
    """Returns the system's key of the booking with its code; for a manual stay, its reference or number."""
    if not stay.external_key:
        return stay.reference or str(stay.pk)
    has_code = not stay.reference or stay.reference in stay.external_key
    return stay.external_key if has_code else f"{stay.external_key}/{stay.reference}"


def find(stays: QuerySet[Stay], query: str) -> QuerySet[Stay]:
    """Filters by the card's UID in any notation, the guest, or the reference."""
    card = Q(token__canonical_uid=uids.from_wire(query) or query)
    guest = Q(guest_name__icontains=query) | Q(guest_email__icontains=query)
    return stays.filter(card | guest | Q(reference__iexact=query))


def _columns(entered: StayDetails) -> dict[str, Any]:
    return {
        "property": entered.property,
        "unit": entered.unit,
        "guest_name": entered.guest_name,
        "guest_email": entered.guest_email,
        "reference": entered.reference,
        "arrives_at": entered.arrives_at,
        "departs_at": entered.departs_at,
    }
