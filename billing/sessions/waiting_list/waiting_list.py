"""Guests who wait for a charger, in the order of their requests, and the five minutes for which it is held for each.

A hold prevents other guests from starting on their phones. Accepted cards and residents do not wait: the charger starts
them without a page. Only the guest's address is stored, until the hold is over or twelve hours have passed.

A place belongs to the phone that asked. Whoever enters an address that waits already gets a place like anybody else,
but no mail: so nobody learns who waits, and an address gets one mail at a charger.
"""

import secrets
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from billing.models import WaitingGuest
from billing.sessions.lifecycle import ports
from chargers.availability import maintenance
from chargers.models import Charger

HELD_FOR: Final = timedelta(minutes=5)
WAITS_FOR: Final = timedelta(hours=12)
MAX_OF_CHARGER: Final = 20
MAX_OF_ADDRESS: Final = 3
"""The most chargers for which one address waits at the same time."""
TELLING_TAKES: Final = timedelta(minutes=1)
"""A hold of which nobody was told by then is made again: the worker died, or there is no mail server."""
_MAX_ATTEMPTS: Final = 3


class FullError(Exception):
    """The list of the charger is full."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A guest's place: `before` others are notified first; `held_until` is set while it is their turn."""

    before: int
    held_until: datetime | None


def add(charger: Charger, *, email: str, language: str, now: datetime, keys: Collection[str] = ()) -> WaitingGuest:
    """Adds the guest, or corrects the address of the place that this phone has already (`keys`). Raises FullError."""
    address = email.lower()
    with transaction.atomic():
        # Two requests at the same moment would otherwise both see a free place.
        Charger.objects.select_for_update(no_key=True).get(pk=charger.pk)
        waiting = WaitingGuest.objects.filter(ends_at__gt=now)
        own = waiting.filter(charger=charger, key__in=keys, notified_at=None).first()
        if own is not None:
            if own.email != address:
                own.email = _address_for_mail(address, charger, now=now)
                own.save(update_fields=["email"])
            return own
        if waiting.filter(charger=charger).count() >= MAX_OF_CHARGER:
            raise FullError
        return WaitingGuest.objects.create(
            charger=charger,
            email=_address_for_mail(address, charger, now=now),
            language=language,
            key=secrets.token_urlsafe(24),
            asked_at=now,
            ends_at=now + WAITS_FOR,
        )


def _address_for_mail(address: str, charger: Charger, *, now: datetime) -> str:
    """Returns the address; empty if it waits at this charger or at too many others already."""
    WaitingGuest.objects.filter(charger=charger, email=address, ends_at__lte=now).delete()
    rows = WaitingGuest.objects.filter(email=address).values_list("charger", flat=True)
    return "" if charger.pk in rows or len(rows) >= MAX_OF_ADDRESS else address


def find(key: str, *, now: datetime) -> WaitingGuest | None:
    """Returns the place; None if it was withdrawn, is over, or never existed."""
    rows = WaitingGuest.objects.select_related("charger__property__host").filter(key=key, ends_at__gt=now)
    return rows.exclude(held_until__lte=now).first()


def withdraw(key: str) -> None:
    """Deletes the place; the next guest's turn comes at once."""
    WaitingGuest.objects.filter(key=key).delete()


def get_turn(guest: WaitingGuest, *, now: datetime) -> Turn:
    earlier = _filter_waiting(guest.charger_id, now=now).filter(notified_at=None, asked_at__lt=guest.asked_at)
    return Turn(before=0 if guest.notified_at else earlier.count(), held_until=guest.held_until)


def held_until(charger: Charger, *, free: int, keys: Iterable[str], now: datetime) -> datetime | None:
    """Returns until when all of the `free` ports are held for others than the holder of `keys`; None if one may be
    used.

    One query.
    """
    if not free:
        return None
    rows = _filter_waiting(charger.pk, now=now).filter(held_until__gt=now).order_by("held_until")
    holds = [(row.key, row.held_until) for row in rows.only("key", "held_until")]
    own_keys = set(keys)
    if len(holds) < free or any(key in own_keys for key, _until in holds):
        return None
    return holds[len(holds) - free][1]


def count(charger: Charger, *, now: datetime) -> int:
    """Returns how many guests wait and were not notified yet."""
    return _filter_waiting(charger.pk, now=now).filter(notified_at=None).count()


def next_in_turn(*, now: datetime) -> Iterator[WaitingGuest]:
    """Yields the guests whose turn has come, each with a hold; nobody has told them yet.

    Deletes guests whose turn is over or who waited long enough. The holds of one charger begin when its first guest is
    asked for, so that a slow mail server does not use up the time of the others.
    """
    WaitingGuest.objects.filter(Q(held_until__lte=now) | Q(ends_at__lte=now)).delete()
    for guest in WaitingGuest.objects.filter(informed_at=None, notified_at__lte=now - TELLING_TAKES):
        release_hold(guest)
    for charger in Charger.objects.filter(waiting_guests__in=_not_notified()).distinct():
        yield from _notify_at(charger, now=now)


def mark_informed(guest: WaitingGuest, *, now: datetime) -> None:
    """Notes that the guest knows of the hold, which then lasts until its end."""
    WaitingGuest.objects.filter(pk=guest.pk, notified_at__isnull=False, informed_at=None).update(informed_at=now)


def release_hold(guest: WaitingGuest) -> None:
    """Ends the hold of a guest who could not be told, to try again; after three failures the guest is deleted."""
    # The same guest may have opened the page meanwhile, or another worker may have made a new hold.
    rows = WaitingGuest.objects.filter(pk=guest.pk, attempts=guest.attempts, informed_at=None)
    if guest.attempts + 1 >= _MAX_ATTEMPTS:
        rows.delete()
    else:
        rows.update(notified_at=None, held_until=None, attempts=guest.attempts + 1)


def _notify_at(charger: Charger, *, now: datetime) -> list[WaitingGuest]:
    with transaction.atomic():
        # Under the charger's lock two workers do not notify two guests of the same free port.
        Charger.objects.select_for_update(no_key=True).get(pk=charger.pk)
        rows = _filter_waiting(charger.pk, now=now)
        room = _free(charger, now=now) - rows.filter(held_until__gt=now).count()
        guests = list(rows.filter(notified_at=None).order_by("asked_at", "pk")[: max(room, 0)])
        for guest in guests:
            guest.notified_at, guest.held_until = now, now + HELD_FOR
            guest.charger = charger
            guest.save(update_fields=["notified_at", "held_until"])
    return guests


def _free(charger: Charger, *, now: datetime) -> int:
    """Returns how many outlets are free now; none during maintenance that prevents starts."""
    if charger.retired_at is not None or maintenance.find_refusing(charger.pk, now=now) is not None:
        return 0
    return sum(port.is_free for port in ports.ports_of(charger, now=now))


def _not_notified() -> QuerySet[WaitingGuest]:
    return WaitingGuest.objects.filter(notified_at=None)


def _filter_waiting(charger_pk: int, *, now: datetime) -> QuerySet[WaitingGuest]:
    return WaitingGuest.objects.filter(charger=charger_pk, ends_at__gt=now)
