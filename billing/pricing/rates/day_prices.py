"""The price of energy through the day, as strips of 24 hours: one for all days with the same prices. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from billing.engine.rate.calendar import DAY_MINUTES, DAY_NAMES, clock
from billing.engine.rate.tariff import Rate
from billing.formatting import shades

HEIGHT: Final = 56
_LEAST_HEIGHT: Final = 18
_LEAST_LABELLED_PCT: Final = 9.0
"""A narrower stretch has no room for its price, which is in its tooltip only."""
_WORKDAYS: Final = DAY_NAMES[:5]
_WEEKEND: Final = DAY_NAMES[5:]
_Times = tuple[tuple[int, int, Decimal | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Hours at one price. `x` and `width` are percentages of the day; `shade` goes from 0 (free) to 5 (dearest)."""

    x: float
    width: float
    y: float
    height: float
    times: str
    price: str
    shade: int
    has_room: bool

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True, slots=True)
class DayStrip:
    """The label of the days with these prices, and their hours in order. Hours without a price have no stretch."""

    days: str
    stretches: tuple[Stretch, ...]

    @property
    def summary(self) -> str:
        """Returns a text alternative to the drawing."""
        return "; ".join(f"{stretch.times} {stretch.price}" for stretch in self.stretches)


def build_strips(rate: Rate, *, today: date, text: Callable[[Decimal], str]) -> list[DayStrip]:
    """Returns the strips of the seven days from today; `text` formats a price with its currency.

    For a rate with tiers the first one is drawn, with which a session begins.
    """
    windows_at = rate.energy_lookup()
    by_times: dict[_Times, list[int]] = {}
    for ahead in range(7):
        day = today + timedelta(days=ahead)
        by_times.setdefault(_times(rate, day, windows_at), []).append(day.weekday())
    prices = {price for times in by_times for _, _, price in times if price is not None}
    shade_of = shades.of_prices(prices)
    dearest = max(prices, default=Decimal(0)) or Decimal(1)
    return [
        DayStrip(_days(weekdays), tuple(_build_stretches(times, shade_of, dearest, text)))
        for times, weekdays in sorted(by_times.items(), key=lambda entry: min(entry[1]))
    ]


def _times(rate: Rate, day: date, windows_at: Callable[[int, int, date], tuple[int, ...]]) -> _Times:
    """Returns the stretches of one day, in minutes, with neighbours of the same price joined."""
    joined: list[tuple[int, int, Decimal | None]] = []
    for begin, end in pairwise(sorted({0, DAY_MINUTES, *rate.energy_edges})):
        windows = windows_at(day.weekday(), begin, day)
        price = rate.energy[windows[0]].price if windows else None
        if joined and joined[-1][2] == price:
            joined[-1] = (joined[-1][0], end, price)
        else:
            joined.append((begin, end, price))
    return tuple(joined)


def _build_stretches(
    times: _Times, shade_of: dict[Decimal, int], dearest: Decimal, text: Callable[[Decimal], str]
) -> Iterator[Stretch]:
    for begin, end, price in times:
        if price is None:
            continue
        width = round((end - begin) * 100 / DAY_MINUTES, 2)
        height = _LEAST_HEIGHT + float(price / dearest) * (HEIGHT - _LEAST_HEIGHT)
        yield Stretch(
            x=round(begin * 100 / DAY_MINUTES, 2),
            width=width,
            y=round(HEIGHT - height, 1),
            height=round(height, 1),
            times=f"{clock(begin)}–{clock(end)}",
            price=text(price),
            shade=shade_of[price],
            has_room=width >= _LEAST_LABELLED_PCT,
        )


def _days(weekdays: list[int]) -> str:
    names = tuple(DAY_NAMES[weekday] for weekday in sorted(weekdays))
    if len(names) == len(DAY_NAMES):
        return "Every day"
    if names == _WORKDAYS:
        return "Monday to Friday"
    return "At weekends" if names == _WEEKEND else ", ".join(name.capitalize() for name in names)
