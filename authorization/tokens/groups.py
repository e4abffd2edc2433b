"""Local token groups: creating, changing and deleting them, and which cards lose access when one closes.

A group opens chargers to its own cards only; who else is admitted depends on the property.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.utils.text import slugify

from authorization.decide.facts import ScheduleWindow
from authorization.models import AccessRule, TokenGroup
from chargers.models import Charger, Host
from chargers.text import card_numbers

_RESERVED: Final = frozenset({"add"})
_SLUG_LENGTH: Final = 50


@dataclass(frozen=True, slots=True)
class Closing:
    """How many cards lose which chargers when a group no longer opens any."""

    cards: int
    chargers: list[Charger]


def free_slug(host: Host, name: str) -> str:
    """Returns a slug for a new group, made from its name and unique within the host."""
    taken_slugs = set(TokenGroup.objects.filter(host=host).values_list("slug", flat=True)) | _RESERVED
    slug_base = slugify(card_numbers.mask(name))[: _SLUG_LENGTH - 4] or "group"
    candidates = (slug_base if number == 1 else f"{slug_base}-{number}" for number in count(1))
    return next(slug for slug in candidates if slug not in taken_slugs)


def windows(group: TokenGroup) -> list[str]:
    """Returns the schedule as texts, one per window; empty means always."""
    return [str(ScheduleWindow.parse(row)) for row in group.schedule]


def closing(group: TokenGroup, *, now: datetime) -> Closing:
    """Returns what its cards would lose without it; not chargers that another enabled group or a direct grant opens.

    Six queries, however many cards there are. Windows of time are ignored.
    """
    if not group.enabled:
        return Closing(0, [])
    chargers = list(Charger.objects.filter(property__host=group.host_id, retired_at=None).order_by("station_id"))
    doors = _chargers_by_group(group.host, chargers)
    granted = _granted_chargers_by_card(group, chargers, now=now)
    cards, lost = 0, set[int]()
    for pk, other_pks in _other_groups(group):
        without = doors[group.pk].difference(granted[pk], *(doors[other] for other in other_pks))
        cards += bool(without)
        lost |= without
    return Closing(cards, [charger for charger in chargers if charger.pk in lost])


def _chargers_by_group(host: Host, chargers: list[Charger]) -> dict[int, set[int]]:
    """Returns the chargers that each enabled group opens. Three queries."""
    doors: dict[int, set[int]] = defaultdict(set)
    links = (
        (TokenGroup.properties.through, "property_id", "property_id"),
        (TokenGroup.units.through, "unit_id", "unit_id"),
        (TokenGroup.chargers.through, "charger_id", "pk"),
    )
    for through, column, name in links:
        pks_by_key: dict[int, set[int]] = defaultdict(set)
        for charger in chargers:
            pks_by_key[getattr(charger, name)].add(charger.pk)
        rows = through._default_manager.filter(tokengroup__host=host, tokengroup__enabled=True)
        for pk, key in rows.values_list("tokengroup_id", column):
            doors[pk] |= pks_by_key[key]
    return doors


def _granted_chargers_by_card(group: TokenGroup, chargers: list[Charger], *, now: datetime) -> dict[int, set[int]]:
    """Returns the chargers that direct grants open, for each of the group's cards with one. One query."""
    granted: dict[int, set[int]] = defaultdict(set)
    start_condition, not_over = Q(active_from=None) | Q(active_from__lte=now), Q(active_to=None) | Q(active_to__gt=now)
    for rule in AccessRule.objects.filter(start_condition, not_over, token__groups=group):
        granted[rule.token_id] |= {
            charger.pk
            for charger in chargers
            if rule.charger_id == charger.pk
            or rule.property_id == charger.property_id
            or (rule.unit_id is not None and rule.unit_id == charger.unit_id)
        }
    return granted


def _other_groups(group: TokenGroup) -> Iterator[tuple[int, list[int]]]:
    """Yields each card of the group with its other enabled groups. One query."""
    other_groups = TokenGroup.objects.filter(tokens=OuterRef("pk"), enabled=True).exclude(pk=group.pk).values("pk")
    return group.tokens.values_list("pk", ArraySubquery(other_groups)).iterator()
