"""Reservations: from the asking to their use or their end. Every change is a conditional update."""

from datetime import datetime

from chargers.models import Charger, Reservation, Transaction

State = Reservation.State
_LIVE = (State.ASKED, State.ACTIVE)


def answered(charger: Charger, number: int, *, accepted: bool, now: datetime) -> None:
    """The charger took the reservation, or did not."""
    asked = Reservation.objects.filter(charger=charger, number=number, state=State.ASKED)
    if accepted:
        asked.update(state=State.ACTIVE)
    else:
        asked.update(state=State.REFUSED, ended_at=now)


def cancel(charger: Charger, number: int, *, now: datetime) -> None:
    """The charger cancelled it, by our order or by itself."""
    live = Reservation.objects.filter(charger=charger, number=number, state__in=_LIVE)
    live.update(state=State.CANCELLED, ended_at=now)


def expire(charger: Charger, number: int, *, now: datetime) -> None:
    """The charger says that it ran out."""
    live = Reservation.objects.filter(charger=charger, number=number, state__in=_LIVE)
    live.update(state=State.EXPIRED, ended_at=now)


def use(charger: Charger, number: int, transaction: Transaction, *, now: datetime) -> None:
    """A session began on it. Also one that expired by our clock: the charger's own counts."""
    usable = Reservation.objects.filter(charger=charger, number=number, state__in=[*_LIVE, State.EXPIRED])
    usable.update(state=State.USED, transaction=transaction, ended_at=now)


def sweep(*, now: datetime) -> int:
    """Ends what ran out; answers how many."""
    return Reservation.objects.filter(state__in=_LIVE, until__lt=now).update(state=State.EXPIRED, ended_at=now)
