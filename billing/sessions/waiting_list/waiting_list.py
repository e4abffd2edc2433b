"""Guests who wait for a charger, in the order of their requests, and the five minutes for which it is held for each.

A hold prevents other guests from starting on their phones. Accepted cards and residents do not wait: the charger starts
them without a page. Only the guest's address is stored, until the hold is over or twelve hours have passed.
"""

import secrets
from collections.abc import Iterable
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
MOST_OF_CHARGER: Final = 20
MOST_OF_ADDRESS: Final = 3
"""The most chargers for which one address waits at the same time."""
_MOST_ATTEMPTS: Final = 3


class FullError(Exception):
    """The list of the charger is full, or the address waits at too many chargers."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A guest's place: `before` others are notified first; `held_until` is set while it is their turn."""

    before: int
    held_until: datetime | None


def add(charger: Charger, *, email: str, language: str, now: datetime) -> WaitingGuest:
    """Adds the guest, or returns the place that they already have. Raises FullError."""
    address = email.lower()
    with transaction.atomic():
        # Two requests at the same moment would otherwise both see a free place.
        Charger.objects.select_for_update(no_key=True).get(pk=charger.pk)
        waiting = WaitingGuest.objects.filter(ends_at__gt=now)
        existing = waiting.filter(charger=charger, email=address).first()
        if existing is not None:
            return existing
        is_full = waiting.filter(charger=charger).count() >= MOST_OF_CHARGER
        if is_full or waiting.filter(email=address).count() >= MOST_OF_ADDRESS:
            raise FullError
        WaitingGuest.objects.filter(charger=charger, email=address).delete()
        return WaitingGuest.objects.create(
            charger=charger,
            email=address,
            language=language,
            key=secrets.token_urlsafe(24),
            asked_at=now,
            ends_at=now + WAITS_FOR,
        )


def find(key: str, *, now: datetime) -> WaitingGuest | None:
    """Returns the place; None if it was withdrawn, is over, or never existed."""
    rows = WaitingGuest.objects.select_related("charger__property__host").filter(key=key, ends_at__gt=now)
    return rows.exclude(held_until__lte=now).first()


def withdraw(key: str) -> None:
    """Deletes the place; the next guest's turn comes at once."""
    WaitingGuest.objects.filter(key=key).delete()


def turn(guest: WaitingGuest, *, now: datetime) -> Turn:
    earlier = _open(guest.charger_id, now=now).filter(notified_at=None, asked_at__lt=guest.asked_at)
    return Turn(before=0 if guest.notified_at else earlier.count(), held_until=guest.held_until)


def held_until(charger: Charger, *, free: int, keys: Iterable[str], now: datetime) -> datetime | None:
    """Returns until when all of the `free` ports are held for others than the holder of `keys`; None if one may be
    used.

    One query.
    """
    if not free:
        return None
    rows = _open(charger.pk, now=now).filter(held_until__gt=now).order_by("held_until")
    holds = [(row.key, row.held_until) for row in rows.only("key", "held_until")]
    mine = set(keys)
    if len(holds) < free or any(key in mine for key, _until in holds):
        return None
    return holds[len(holds) - free][1]


def count(charger: Charger, *, now: datetime) -> int:
    """Returns how many guests wait and were not notified yet."""
    return _open(charger.pk, now=now).filter(notified_at=None).count()


def next_in_turn(*, now: datetime) -> list[WaitingGuest]:
    """Returns the guests whose turn has come, with a hold; their mails are not sent yet.

    Deletes guests who were notified or waited long enough.
    """
    WaitingGuest.objects.filter(Q(held_until__lte=now) | Q(ends_at__lte=now)).delete()
    chargers = Charger.objects.filter(waiting_guests__notified_at=None, waiting_guests__isnull=False).distinct()
    return [guest for charger in chargers for guest in _notify_at(charger, now=now)]


def release_hold(guest: WaitingGuest) -> None:
    """Ends the hold after a failed mail, to try again; after three failures the guest is deleted."""
    rows = WaitingGuest.objects.filter(pk=guest.pk)
    if guest.attempts + 1 >= _MOST_ATTEMPTS:
        rows.delete()
    else:
        rows.update(notified_at=None, held_until=None, attempts=guest.attempts + 1)


def _notify_at(charger: Charger, *, now: datetime) -> list[WaitingGuest]:
    with transaction.atomic():
        # Under the charger's lock two workers do not notify two guests of the same free port.
        Charger.objects.select_for_update(no_key=True).get(pk=charger.pk)
        rows = _open(charger.pk, now=now)
        room = _free(charger, now=now) - rows.filter(held_until__gt=now).count()
        guests = list(rows.filter(notified_at=None).order_by("asked_at", "pk")[: max(room, 0)])
        for guest in guests:
            guest.notified_at, guest.held_until = now, now + HELD_FOR
            guest.charger = charger
            guest.save(update_fields=["notified_at", "held_until"])
    return guests


def _free(charger: Charger, *, now: datetime) -> int:
    """Returns how many outlets are free now; none during maintenance that prevents starts."""
    if charger.retired_at is not None or maintenance.refusing(charger.pk, now=now) is not None:
        return 0
    return sum(port.is_free for port in ports.ports_of(charger, now=now))


def _open(charger_pk: int, *, now: datetime) -> QuerySet[WaitingGuest]:
    return WaitingGuest.objects.filter(charger=charger_pk, ends_at__gt=now)
