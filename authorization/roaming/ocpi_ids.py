"""How our rows are named in OCPI, the same in every module: at most 36 characters (CiString(36))."""

import hashlib
from typing import Final

MOST_CHARACTERS: Final = 36
_BEGINNING: Final = 27
_DIGEST: Final = 8


def cut(name: str) -> str:
    """The name, or its beginning with a hash of the whole where it is too long: two long ones stay two."""
    if len(name) <= MOST_CHARACTERS:
        return name
    return f"{name[:_BEGINNING]}-{hashlib.sha256(name.encode()).hexdigest()[:_DIGEST]}"


def location_id(property_slug: str) -> str:
    return cut(property_slug)


def evse_uid(charger_id: str, number: int) -> str:
    """By the charger's own name: it stays when the hardware is replaced under it."""
    return cut(f"{charger_id}-{number}")
