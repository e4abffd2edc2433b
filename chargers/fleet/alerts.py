"""Problems, present or imminent, that keep a charger from connecting: for its own pages and the dashboard."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db.models import QuerySet

from chargers.fleet import presence
from chargers.models import Charger, ConnectionSwap
from chargers.properties import time_zones
from chargers.security import certificates

SWAPS_WITHIN = timedelta(minutes=10)
MAX_SWAPS = 5


@dataclass(frozen=True, slots=True)
class Alert:
    """A problem to solve: a headline, and what to do."""

    kind: Literal["warn", "bad"]
    title: str
    sentence: str


def of_charger(charger: Charger, *, now: datetime) -> Iterator[Alert]:
    """Yields alerts, the worst first. Two queries."""
    if not charger.is_accepted():
        yield Alert(
            "bad",
            f"{charger.get_registration_display()}: this charger may connect, and nobody can charge at it.",
            "Its BootNotification is answered with this word, and what else it sends is refused, until it is "
            "accepted under Connection.",
        )
    if (swaps := swaps_of(charger, now=now)) > MAX_SWAPS:
        yield Alert(
            "bad",
            f"Two devices seem to use this charger's id: {swaps} connections took over from another in 10 minutes.",
            "Each new connection ends the one before. If the charger did not restart again and again, somebody "
            "else has its password: set a new one by hand, and stop the old one at once.",
        )
    if charger.passwordless_until is not None and charger.passwordless_until > now:
        until = time_zones.format_with_zone(charger.passwordless_until, charger.property.time_zone)
        yield Alert(
            "bad",
            f"Anybody can connect as this charger until {until}.",
            "It is let in without a password (security profile 0). Set a password by hand to end that.",
        )
    if charger.key_kind == Charger.KeyKind.IMPORTED:
        yield Alert(
            "warn",
            "The password was imported, so others may know it.",
            "Change the password: the new one is sent to the charger, and the old one ends by itself.",
        )
    for certificate in certificates.list_expiring(now).filter(charger=charger):
        yield Alert(
            "warn" if certificate.valid_to > now else "bad",
            f"The certificate {'ends' if certificate.valid_to > now else 'ended'} on {certificate.valid_to:%-d %B %Y}.",
            "Ask the charger to renew its certificate while it is connected.",
        )


def swaps_of(charger: Charger, *, now: datetime) -> int:
    """Returns how often a connection replaced a live one in the last 10 minutes."""
    return ConnectionSwap.objects.filter(charger=charger, at__gte=now - SWAPS_WITHIN).count()


def fought_over(now: datetime) -> QuerySet[Charger]:
    """Returns chargers whose id two devices seem to use."""
    return presence.swaps_since(now - SWAPS_WITHIN, limit=MAX_SWAPS)
