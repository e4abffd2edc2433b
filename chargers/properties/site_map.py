"""A plain map of properties, drawn from their coordinates without map tiles. Pure.

The projection is equirectangular at the middle latitude: accurate enough for one host's sites, and north is up.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import cos, radians
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 320
_MARGIN: Final = 32
_NEAR: Final = 18
"""Pins closer than this, in the picture's units, are merged."""
_LEAST_SPAN: Final = 0.02
"""In degrees, about two kilometres: a single property is in the middle, and neighbours stay apart."""


@dataclass(frozen=True, slots=True)
class Site:
    """A property: its key, name, latitude and longitude in degrees (WGS 84), and two facts for its style."""

    key: str
    name: str
    latitude: float
    longitude: float
    is_well: bool = True
    has_chargers: bool = True


@dataclass(frozen=True, slots=True)
class Pin:
    """A position with the sites that are there."""

    x: float
    y: float
    sites: tuple[Site, ...]

    @property
    def is_well(self) -> bool:
        return all(site.is_well for site in self.sites)

    @property
    def has_chargers(self) -> bool:
        return any(site.has_chargers for site in self.sites)

    @property
    def label(self) -> str:
        first, *others = self.sites
        return first.name if not others else f"{first.name} and {len(others)} more"

    @property
    def is_left(self) -> bool:
        """Whether the pin is far enough left for a label on its right."""
        return self.x < WIDTH * 0.7


def pins(sites: Iterable[Site]) -> list[Pin]:
    """Returns the pins, north first. Sites across the antimeridian are drawn on their own side of it."""
    ordered = sorted(sites, key=lambda site: (-site.latitude, site.longitude, site.key))
    if not ordered:
        return []
    project = _projection(ordered)
    map_pins: list[Pin] = []
    for site in ordered:
        x, y = project(site)
        near_index = next(
            (n for n, pin in enumerate(map_pins) if abs(pin.x - x) < _NEAR and abs(pin.y - y) < _NEAR), None
        )
        if near_index is None:
            map_pins.append(Pin(x, y, (site,)))
        else:
            map_pins[near_index] = Pin(
                map_pins[near_index].x, map_pins[near_index].y, (*map_pins[near_index].sites, site)
            )
    return map_pins


def _projection(sites: list[Site]) -> Callable[[Site], tuple[float, float]]:
    north, south = max(site.latitude for site in sites), min(site.latitude for site in sites)
    east, west = max(site.longitude for site in sites), min(site.longitude for site in sites)
    squeeze = max(cos(radians((north + south) / 2)), 0.01)
    wide, high = max((east - west) * squeeze, _LEAST_SPAN), max(north - south, _LEAST_SPAN)
    scale = min((WIDTH - 2 * _MARGIN) / wide, (HEIGHT - 2 * _MARGIN) / high)
    middle_x, middle_y = (east + west) / 2, (north + south) / 2

    def at(site: Site) -> tuple[float, float]:
        x = WIDTH / 2 + (site.longitude - middle_x) * squeeze * scale
        return round(x, 1), round(HEIGHT / 2 - (site.latitude - middle_y) * scale, 1)

    return at
