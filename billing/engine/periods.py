"""Splits a session into spans with one energy price each, and the energy that flowed in them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Final
from zoneinfo import ZoneInfo

from billing.engine.rate import calendar
from billing.engine.rate.tariff import Rate
from billing.engine.timeline import Timeline
from billing.engine.values import money

LONGEST_UNESTIMATED: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class EnergyPeriod:
    """Energy between two cuts; `window` is an index of the rate's energy windows, None in a gap of the rate."""

    start: datetime
    end: datetime
    window: int | None
    energy_wh: Fraction
    included_wh: Fraction
    """The part of `energy_wh` that the driver's plan includes: the first that flowed."""
    begins_tier: bool = False
    """Whether the cut is by energy, which is exact, rather than by time."""


@dataclass(frozen=True, slots=True)
class EstimatedSplit:
    """A cut between two prices whose nearest readings are too far apart for a measured value."""

    at: datetime
    read_before: datetime
    read_after: datetime
    energy_between_wh: int


@dataclass(frozen=True, slots=True)
class BilledEnergy:
    """Whole Wh at one price; those of a session add up to its energy. `is_included` energy costs nothing."""

    window: int | None
    is_included: bool
    energy_wh: int
    periods: tuple[EnergyPeriod, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Energy from `flowed_wh` to `until_wh` of the session under one window."""

    start: datetime
    end: datetime
    flowed_wh: Fraction
    until_wh: Fraction
    window: int | None
    begins_tier: bool = False


def energy_periods(timeline: Timeline, *, rate: Rate, zone: ZoneInfo, included_wh: int) -> tuple[EnergyPeriod, ...]:
    included = Fraction(included_wh)
    return tuple(
        EnergyPeriod(
            start=piece.start,
            end=piece.end,
            window=piece.window,
            energy_wh=piece.until_wh - piece.flowed_wh,
            included_wh=min(piece.until_wh, included) - min(piece.flowed_wh, included),
            begins_tier=piece.begins_tier,
        )
        for piece in _split_timeline(timeline, rate=rate, zone=zone)
    )


def _split_timeline(timeline: Timeline, *, rate: Rate, zone: ZoneInfo) -> Iterator[_Piece]:
    flowed = Fraction(0)
    for start, end, windows in _priced_spans(timeline, rate=rate, zone=zone):
        until = timeline.energy_until(end)
        span = _Piece(start=start, end=end, flowed_wh=flowed, until_wh=until, window=windows[0] if windows else None)
        if any(rate.energy[index].from_wh or rate.energy[index].to_wh is not None for index in windows):
            yield from _tiers(span, timeline=timeline, rate=rate, windows=windows)
        else:
            yield span
        flowed = until


def _tiers(span: _Piece, *, timeline: Timeline, rate: Rate, windows: tuple[int, ...]) -> Iterator[_Piece]:
    """Yields a span cut where the session's energy reaches the edge of a tier."""
    edges = {edge for index in windows for edge in (rate.energy[index].from_wh, rate.energy[index].to_wh)}
    inner = sorted(Fraction(edge) for edge in edges if edge is not None and span.flowed_wh < edge < span.until_wh)
    begins = [span.flowed_wh, *inner]
    for number, (begin, end) in enumerate(zip(begins, [*inner, span.until_wh], strict=True)):
        window = next((index for index in windows if rate.energy[index].prices(begin)), None)
        yield _Piece(
            start=timeline.instant_of(begin) if number else span.start,
            end=timeline.instant_of(end) if number < len(inner) else span.end,
            flowed_wh=begin,
            until_wh=end,
            window=window,
            begins_tier=number > 0,
        )


def _priced_spans(
    timeline: Timeline, *, rate: Rate, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime, tuple[int, ...]]]:
    """Yields spans with their windows.

    Neighbouring slices with the same windows are joined; a session without duration is one empty span.
    """
    start, end = timeline.start.at, timeline.last.at
    if start == end:
        cut = iter((calendar.empty_slice(start, zone=zone),))
    else:
        cut = calendar.slices(start, end, zone=zone, edges=rate.energy_edges)
    windows_at = rate.energy_lookup()
    windowed = ((piece, windows_at(piece.weekday, piece.minute, piece.day)) for piece in cut)
    for windows, group in groupby(windowed, key=lambda pair: pair[1]):
        pieces = [piece for piece, _ in group]
        yield pieces[0].start, pieces[-1].end, windows


def billed_energy(periods: Iterable[EnergyPeriod]) -> tuple[BilledEnergy, ...]:
    """Returns one entry per price in order of its first energy; whole Wh by largest remainder, entries without a Wh
    left out.
    """
    shares: dict[tuple[bool, int | None], list[tuple[Fraction, EnergyPeriod]]] = {}
    for period in periods:
        if period.included_wh:
            shares.setdefault((True, None), []).append((period.included_wh, period))
        if period.energy_wh > period.included_wh:
            paid = period.energy_wh - period.included_wh
            shares.setdefault((False, period.window), []).append((paid, period))
    exacts = [sum((exact for exact, _ in share), Fraction(0)) for share in shares.values()]
    whole_shares = money.apportion(exacts, total=int(sum(exacts, Fraction(0))))
    return tuple(
        BilledEnergy(
            window=window, is_included=is_included, energy_wh=energy_wh, periods=tuple(period for _, period in share)
        )
        for ((is_included, window), share), energy_wh in zip(shares.items(), whole_shares, strict=True)
        if energy_wh
    )


def estimated_splits(timeline: Timeline, *, periods: tuple[EnergyPeriod, ...]) -> tuple[EstimatedSplit, ...]:
    """Returns the cuts between prices that were interpolated over more than a quarter of an hour."""
    splits = []
    for previous, period in pairwise(periods):
        if period.begins_tier or period.window == previous.window:
            continue
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
