"""Detects swapped coordinates by comparing them with the property's time zone. Pure."""

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Final

_NEAR_KM: Final = 2500
"""The distance that zones of large countries extend from their city."""
_EARTH_KM: Final = 6371
_ISO_6709: Final = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?([+-])(\d{3})(\d{2})(\d{2})?")


def check_swap(latitude: Decimal, longitude: Decimal, *, time_zone: str) -> str:
    """Returns why they look swapped; empty if they may be right, or the zone is unknown."""
    city = _cities().get(time_zone)
    if city is None or abs(longitude) > 90:
        return ""
    entered_point, turned = (float(latitude), float(longitude)), (float(longitude), float(latitude))
    if _distance_km(entered_point, city) <= _NEAR_KM or _distance_km(turned, city) > _NEAR_KM:
        return ""
    name = time_zone.rpartition("/")[2].replace("_", " ")
    return (
        f"Latitude and longitude look swapped: as they are, the property lies far from {name}, the city of its time "
        "zone; the other way round it is near. Swap them."
    )


@cache
def _cities() -> Mapping[str, tuple[float, float]]:
    """Returns the latitude and longitude of each zone's principal city (`zone.tab`)."""
    text = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {row[2]: _degrees(row[1]) for row in rows}


def _degrees(text: str) -> tuple[float, float]:
    """Parses ISO 6709: degrees, minutes and perhaps seconds of both."""
    match = _ISO_6709.fullmatch(text)
    assert match is not None, text
    parts = [
        (-1 if sign == "-" else 1) * (int(degrees) + int(minutes) / 60 + int(seconds or 0) / 3600)
        for sign, degrees, minutes, seconds in (match.groups()[:4], match.groups()[4:])
    ]
    return parts[0], parts[1]


def _distance_km(point: tuple[float, float], other: tuple[float, float]) -> float:
    """Returns the distance along a great circle."""
    latitude_1, longitude_1, latitude_2, longitude_2 = map(math.radians, (*point, *other))
    chord = (
        math.sin((latitude_2 - latitude_1) / 2) ** 2
        + math.cos(latitude_1) * math.cos(latitude_2) * math.sin((longitude_2 - longitude_1) / 2) ** 2
    )
    return 2 * _EARTH_KM * math.asin(math.sqrt(chord))
