"""OCPI ids of our rows, the same in every module: at most 36 characters (CiString(36))."""

import hashlib
from typing import Final

MAX_CHARACTERS: Final = 36
_BEGINNING: Final = 27
_DIGEST: Final = 8


def shorten(name: str) -> str:
    """Returns the name. A long one is cut and ends in a hash of the whole, so that different names stay different."""
    if len(name) <= MAX_CHARACTERS:
        return name
    return f"{name[:_BEGINNING]}-{hashlib.sha256(name.encode()).hexdigest()[:_DIGEST]}"


def location_id(property_slug: str) -> str:
    return shorten(property_slug)


def evse_uid(charger_id: str, number: int) -> str:
    """Returns the EVSE's uid, built from the charger's own name, which stays the same when the hardware is replaced."""
    return shorten(f"{charger_id}-{number}")
