"""Recognizes faults of several chargers as one: of a site, of a firmware, of a fault code. Pure.

A charger counts in one pattern only; a common site comes first, because simultaneous faults there have a cause there.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

AT_ONCE: Final = timedelta(minutes=15)
"""How far apart two chargers of a site may fail."""
WITHIN: Final = timedelta(hours=24)
SMALLEST: Final = 3
_PLACES: Final = 2
OFFLINE: Final = "offline"
_UNSPECIFIC: Final = frozenset({"", OFFLINE, "OtherError", "NoError"})
"""Codes that chargers share without sharing a cause."""


class Kind(StrEnum):
    """What the chargers share."""

    SITE = "site"
    FIRMWARE = "firmware"
    FAULT = "fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One charger that is down. `hardware`: vendor, model and firmware; empty if it never reported them."""

    charger: int
    property: int
    hardware: str
    code: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Faults that probably have one cause. `key` stays the same as long as it lasts."""

    kind: Kind
    key: str
    facts: tuple[Fact, ...]

    @property
    def since(self) -> datetime:
        return min(fact.since for fact in self.facts)


def key_of(fact: Fact, kind: Kind) -> str:
    """Returns the key of this kind of pattern for the fault; empty if it cannot belong to one."""
    match kind:
        case Kind.SITE:
            return f"site:{fact.property}"
        case Kind.FIRMWARE:
            return _hash_pattern(kind, f"{fact.hardware}\n{fact.code}") if fact.hardware else ""
        case Kind.FAULT:
            return "" if fact.code in _UNSPECIFIC else _hash_pattern(kind, fact.code)


def _hash_pattern(kind: Kind, text: str) -> str:
    """Shortens the text for a unique index, whatever names chargers report."""
    return f"{kind.value}:{hashlib.sha256(text.encode()).hexdigest()[:40]}"


def detect(facts: Iterable[Fact]) -> list[Pattern]:
    """Returns the patterns among chargers that are down now."""
    remaining_facts = sorted(facts, key=lambda fact: (fact.since, fact.charger))
    patterns: list[Pattern] = []
    for kind in Kind:
        for key, group in _group_by_key(remaining_facts, kind).items():
            together = _find_largest_cluster(group, AT_ONCE if kind is Kind.SITE else WITHIN)
            if key and _is_one(kind, together):
                patterns.append(Pattern(kind=kind, key=key, facts=tuple(together)))
        grouped_chargers = {fact.charger for pattern in patterns for fact in pattern.facts}
        remaining_facts = [fact for fact in remaining_facts if fact.charger not in grouped_chargers]
    return patterns


def _is_one(kind: Kind, facts: Sequence[Fact]) -> bool:
    places = {fact.property for fact in facts}
    return len({fact.charger for fact in facts}) >= SMALLEST and (kind is Kind.SITE or len(places) >= _PLACES)


def _group_by_key(facts: Iterable[Fact], kind: Kind) -> dict[str, list[Fact]]:
    groups: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        groups[key_of(fact, kind)].append(fact)
    return groups


def _find_largest_cluster(facts: Sequence[Fact], window: timedelta) -> list[Fact]:
    """Returns the largest run of the ordered faults that began within this time; among equals, the newest."""
    best: list[Fact] = []
    first = 0
    for last in range(len(facts)):
        while facts[last].since - facts[first].since > window:
            first += 1
        if last - first + 1 >= len(best):
            best = list(facts[first : last + 1])
    return best
