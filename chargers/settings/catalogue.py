"""Finds a charger's entry in the catalogue of models."""

import re
from fnmatch import fnmatchcase

from chargers.models import Charger, ChargerModel


def model_of(charger: Charger) -> ChargerModel | None:
    """Returns the most specific entry that matches the charger's last boot. One query."""
    if not charger.vendor and not charger.model:
        return None
    fitting = [entry for entry in ChargerModel.objects.all() if _is_applicable(entry, charger)]
    return max(fitting, key=_exactness, default=None)


def _is_applicable(entry: ChargerModel, charger: Charger) -> bool:
    return matches(charger, vendor=entry.vendor_pattern, model=entry.model_pattern) and is_between(
        charger.firmware_version, first=entry.firmware_from, last=entry.firmware_to
    )


def matches(charger: Charger, *, vendor: str, model: str) -> bool:
    """Whether the reported vendor and model match the patterns, ignoring case; an empty pattern matches all."""
    pairs = ((vendor, charger.vendor), (model, charger.model))
    return all(not pattern or fnmatchcase(text.casefold(), pattern.casefold()) for pattern, text in pairs)


def is_between(version: str, *, first: str, last: str) -> bool:
    """Compares versions by their numbers from left to right: 1.10 is after 1.9. Without a number only "any" matches."""
    if not first and not last:
        return True
    numbers = _numbers(version)
    if not numbers:
        return False
    return (not first or numbers >= _numbers(first)) and (not last or numbers[: len(_numbers(last))] <= _numbers(last))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(digits[:9]) for digits in re.findall(r"\d+", version))


def _exactness(entry: ChargerModel) -> tuple[int, int, str]:
    plain = sum(len(pattern.replace("*", "")) for pattern in (entry.vendor_pattern, entry.model_pattern))
    return plain, bool(entry.firmware_from) + bool(entry.firmware_to), entry.name
