"""Reservations, from the request to their use or end. Every change is a conditional update."""

from datetime import datetime

from chargers.models import Charger, Reservation, Transaction

State = Reservation.State
_LIVE = (State.ASKED, State.ACTIVE)


def record_answer(charger: Charger, number: int, *, accepted: bool, now: datetime) -> None:
    """Stores whether the charger accepted the reservation."""
    pending_rows = Reservation.objects.filter(charger=charger, number=number, state=State.ASKED)
    if accepted:
        pending_rows.update(state=State.ACTIVE)
    else:
        pending_rows.update(state=State.REFUSED, ended_at=now)


def cancel(charger: Charger, number: int, *, now: datetime) -> None:
    """Cancels a reservation that the charger cancelled, by our order or by itself."""
    live = Reservation.objects.filter(charger=charger, number=number, state__in=_LIVE)
    live.update(state=State.CANCELLED, ended_at=now)


def expire(charger: Charger, number: int, *, now: datetime) -> None:
    """Ends a reservation that the charger reported as expired."""
    live = Reservation.objects.filter(charger=charger, number=number, state__in=_LIVE)
    live.update(state=State.EXPIRED, ended_at=now)


def use(charger: Charger, number: int, transaction: Transaction, *, now: datetime) -> None:
    """Marks a reservation as used by a session, even if it expired by our clock, because the charger's clock counts."""
    usable = Reservation.objects.filter(charger=charger, number=number, state__in=[*_LIVE, State.EXPIRED])
    usable.update(state=State.USED, transaction=transaction, ended_at=now)


def sweep(*, now: datetime) -> int:
    """Ends expired reservations. Returns their number."""
    return Reservation.objects.filter(state__in=_LIVE, until__lt=now).update(state=State.EXPIRED, ended_at=now)
