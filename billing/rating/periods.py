"""A session cut into the spans that have one energy price each, with the energy that flowed in them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from billing.rating import money, wall_clock
from billing.rating.tariff import Rate
from billing.rating.timeline import Timeline

LONGEST_UNESTIMATED: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class EnergyPeriod:
    """Energy between two cuts; `window` is an index of the rate's energy windows, None where the rate has a gap."""

    start: datetime
    end: datetime
    window: int | None
    energy_wh: Fraction
    included_wh: Fraction
    """The part of `energy_wh` that the driver's plan pays for: the first that flowed."""


@dataclass(frozen=True, slots=True)
class EstimatedSplit:
    """A cut between two prices for which the nearest readings are too far apart to call it measured."""

    at: datetime
    read_before: datetime
    read_after: datetime
    energy_between_wh: int


@dataclass(frozen=True, slots=True)
class BilledEnergy:
    """Whole Wh under one price; those of a session add up to its energy. `is_included` energy costs nothing."""

    window: int | None
    is_included: bool
    energy_wh: int
    periods: tuple[EnergyPeriod, ...]


def energy_periods(timeline: Timeline, *, rate: Rate, zone: ZoneInfo, included_wh: int) -> tuple[EnergyPeriod, ...]:
    periods, flowed = [], Fraction(0)
    for start, end, window in _priced_spans(timeline, rate=rate, zone=zone):
        until = timeline.energy_until(end)
        periods.append(
            EnergyPeriod(
                start=start,
                end=end,
                window=window,
                energy_wh=until - flowed,
                included_wh=min(until, Fraction(included_wh)) - min(flowed, Fraction(included_wh)),
            )
        )
        flowed = until
    return tuple(periods)


def _priced_spans(timeline: Timeline, *, rate: Rate, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime, int | None]]:
    """Neighbouring slices with the same window are one span; a session without duration is one empty span."""
    start, end = timeline.start.at, timeline.last.at
    cut = wall_clock.slices(start, end, zone=zone, edges=rate.energy_edges)
    windowed = ((piece, rate.energy_window_at(weekday=piece.weekday, minute=piece.minute)) for piece in cut)
    for window, group in groupby(windowed, key=lambda pair: pair[1]):
        pieces = [piece for piece, _ in group]
        yield pieces[0].start, pieces[-1].end, window


def billed_energy(periods: Iterable[EnergyPeriod]) -> tuple[BilledEnergy, ...]:
    """One entry per price in order of its first energy; whole Wh by largest remainder, those without a Wh left out."""
    shares: dict[tuple[bool, int | None], list[tuple[Fraction, EnergyPeriod]]] = {}
    for period in periods:
        if period.included_wh:
            shares.setdefault((True, None), []).append((period.included_wh, period))
        if period.energy_wh > period.included_wh:
            paid = period.energy_wh - period.included_wh
            shares.setdefault((False, period.window), []).append((paid, period))
    exacts = [sum((exact for exact, _ in share), Fraction(0)) for share in shares.values()]
    whole = money.apportion(exacts, total=int(sum(exacts, Fraction(0))))
    return tuple(
        BilledEnergy(
            window=window, is_included=is_included, energy_wh=energy_wh, periods=tuple(period for _, period in share)
        )
        for ((is_included, window), share), energy_wh in zip(shares.items(), whole, strict=True)
        if energy_wh
    )


def estimated_splits(timeline: Timeline, *, periods: tuple[EnergyPeriod, ...]) -> tuple[EstimatedSplit, ...]:
    """The cuts between prices that were interpolated over more than a quarter of an hour."""
    splits = []
    for period in periods[1:]:
        before, after = timeline.around(period.start)
        if after.at - before.at > LONGEST_UNESTIMATED and after.wh > before.wh:
            splits.append(
                EstimatedSplit(
                    at=period.start,
                    read_before=before.at,
                    read_after=after.at,
                    energy_between_wh=after.wh - before.wh,
                )
            )
    return tuple(splits)
