"""A chart with a column for each day: where each column stands and how high it is, from zero. Pure."""

from dataclasses import dataclass
from typing import Final

HEIGHT: Final = 40
STEP: Final = 12
WIDTH: Final = 9
_LEAST: Final = 2
"""Even one among many is to be seen."""


@dataclass(frozen=True, slots=True)
class Place:
    """In units of the viewBox, whose height is `HEIGHT`."""

    x: int
    y: int
    height: int


def column_at(value: int, *, at: int, highest: int) -> Place:
    """Of a value above zero on the day of that index, where the highest day fills the chart."""
    height = max(round(value * HEIGHT / highest), _LEAST)
    return Place(x=at * STEP, y=HEIGHT - height, height=height)
