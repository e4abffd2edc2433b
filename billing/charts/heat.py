"""The use of each hour of the week, as a table of shaded cells. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHADES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """`shade` goes from 0 for nothing to 5 for the busiest hour; `pct` is the share of the time, from 0 to 100."""

    hour: int
    pct: int
    shade: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    rows: list[tuple[str, list[Cell]]]
    busiest: str
    """The busiest hour as text; empty if none was used."""


def draw(shares: Mapping[tuple[int, int], float]) -> Week:
    """Returns the table. `shares` by weekday (Monday is 0) and hour, from 0 to 1."""
    highest = max(shares.values(), default=0.0)
    rows = [
        (name, [_cell(hour, shares.get((weekday, hour), 0.0), highest=highest) for hour in range(24)])
        for weekday, name in enumerate(WEEKDAYS)
    ]
    return Week(rows=rows, busiest=_busiest(shares))


def _cell(hour: int, share: float, *, highest: float) -> Cell:
    shade = 0 if share <= 0 else max(round(share / highest * _SHADES), 1)
    return Cell(hour=hour, pct=round(100 * min(share, 1.0)), shade=shade)


def _busiest(shares: Mapping[tuple[int, int], float]) -> str:
    if not any(shares.values()):
        return ""
    weekday, hour = max(shares, key=lambda key: shares[key])
    share = round(100 * min(shares[weekday, hour], 1.0))
    return f"{WEEKDAYS[weekday]}, {hour:02d}:00 to {hour + 1:02d}:00: {share} %"
