"""The attention list for pages: the number of each kind, linked to its list."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from authorization.people import access as people
from authorization.people.access import Viewer
from backoffice.portal.attention.attention import SNOOZES, Attention
from backoffice.portal.attention.cause import Kind, Level

SNOOZE_CHOICES: Final = [(choice.value, title) for choice, (title, _) in SNOOZES.items()]
_BAD: Final = frozenset(
    (Kind.OFFLINE, Kind.FAULTED, Kind.USED_TWICE, Kind.REFUND_REFUSED, Kind.PAYOUT, Kind.PMS_FAILING)
)


@dataclass(frozen=True, slots=True)
class Count:
    """The number of a kind as text, with the link to its list."""

    words: str
    href: str
    level: Level


_WORDS: Final[dict[Kind, tuple[str, str, str, str]]] = {
    Kind.OFFLINE: ("offline", "offline", "chargers:list", "?state=offline_long"),
    Kind.FAULTED: ("faulted", "faulted", "chargers:list", "?state=faulted"),
    Kind.USED_TWICE: ("id used twice", "ids used twice", "chargers:list", "?state=used_twice"),
    Kind.PAYOUT: ("payout failed", "payouts failed", "billing:payout-hosts", ""),
    Kind.HELD: ("session held for review", "sessions held for review", "billing:sessions", "?state=held"),
    Kind.REFUND_WAITS: (
        "refund waits for a second person", "refunds wait for a second person", "billing:money", "#waiting"
    ),
    Kind.REFUND_REFUSED: (
        "refund was refused by the processor", "refunds were refused by the processor", "billing:money", "#refused"
    ),
    Kind.DISPUTE: (
        "payment is contested by its cardholder", "payments are contested by their cardholders", "billing:money",
        "#disputes",
    ),
    Kind.UNCOLLECTED: ("amount was not collected", "amounts were not collected", "billing:money", "#owed"),
    Kind.LATE_STOP: ("late stop could add to a bill", "late stops could add to bills", "billing:money", "#late"),
    Kind.COMPLAINT: ("guest says something is wrong", "guests say something is wrong", "billing:money", "#complaints"),
    Kind.REQUEST: ("asks for access", "ask for access", "authorization:requests", ""),
    Kind.DATA_GRANT: ("data request of support", "data requests of support", "settings", ""),
    Kind.JOIN: ("person waits to join", "people wait to join", "settings", ""),
    Kind.PMS_FAILING: ("property system failing", "property systems failing", "settings", ""),
    Kind.LISTING: ("listing without a unit", "listings without a unit", "settings", ""),
    Kind.CERTIFICATE: ("certificate ends", "certificates end", "chargers:list", "?state=certificate_ends"),
    Kind.LICENCE: ("licence ends", "licences end", "chargers:list", "?state=licence_ends"),
}  # fmt: skip


def counts(attention: Attention) -> Iterator[Count]:
    """Yields the counts. Kinds without their own list (refusals, power, webhooks) appear in the rows only."""
    for kind, (singular, plural, page, query) in _WORDS.items():
        if number := attention.counts.get(kind, 0):
            words = f"{number} {singular if number == 1 else plural}"
            yield Count(words, reverse(page) + query, "bad" if kind in _BAD else "warn")


def members(viewer: Viewer) -> dict[int, list[str]]:
    """Returns, by host, the members to whom a row can be assigned. One query."""
    by_host: dict[int, list[str]] = {}
    rows = people.members(viewer).filter(user__is_active=True).order_by("user__email")
    for host, email in rows.values_list("host_id", "user__email"):
        by_host.setdefault(host, []).append(email)
    return by_host
