"""Geometry of a chart with a column for each day, from zero. Pure."""

from dataclasses import dataclass
from typing import Final

HEIGHT: Final = 40
STEP: Final = 12
WIDTH: Final = 9
_LEAST: Final = 2
"""Even a small value among large ones should be visible."""


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle in units of the viewBox, whose height is `HEIGHT`."""

    x: int
    y: int
    height: int


def column_at(value: int, *, at: int, highest: int) -> Place:
    """Returns the column for a positive value on the day of that index; the highest day fills the chart."""
    height = max(round(value * HEIGHT / highest), _LEAST)
    return Place(x=at * STEP, y=HEIGHT - height, height=height)
