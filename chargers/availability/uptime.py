"""Uptime of a charging port by 23 CFR 680.116(b)(3), and the necessary arithmetic of spans. Pure.

Uptime in percent is (T - (outage - excluded)) / T, where T is 525,600 minutes for a whole year. For a shorter time, or
if less is known, T is the known time.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import reduce

from chargers.text import percentages

_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open span from `begins_at` to `ends_at`; it ends after it begins."""

    begins_at: datetime
    ends_at: datetime

    @property
    def duration(self) -> timedelta:
        return self.ends_at - self.begins_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Down:
    """When the parts of one port were down. `whole` is the charger: offline, or faulted as a whole."""

    whole: Sequence[Span]
    connectors: Sequence[Sequence[Span]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptime:
    """Times of one port within one window. `excluded` and `nevi_excluded` are parts of `outage`."""

    observed: timedelta
    outage: timedelta
    excluded: timedelta
    nevi_excluded: timedelta

    @property
    def raw_pct(self) -> Decimal | None:
        """Returns the uptime without exclusions, as drivers experience it (ChargeX). None if nothing is known."""
        return self._pct(_NOTHING)

    @property
    def nevi_pct(self) -> Decimal | None:
        """Returns the uptime excluding only the kinds of 23 CFR 680.116(b)(3)."""
        return self._pct(self.nevi_excluded)

    @property
    def pct(self) -> Decimal | None:
        """Returns the uptime excluding everything that users marked."""
        return self._pct(self.excluded)

    def _pct(self, excluded: timedelta) -> Decimal | None:
        """Rounds to two decimals: 100 only without any outage."""
        if self.observed <= _NOTHING:
            return None
        available_time, second = self.observed - (self.outage - excluded), timedelta(seconds=1)
        return percentages.round_share(available_time // second, max(self.observed // second, 1), digits=2)

    def __add__(self, other: "Uptime") -> "Uptime":
        """Adds the times of several ports."""
        return Uptime(
            observed=self.observed + other.observed,
            outage=self.outage + other.outage,
            excluded=self.excluded + other.excluded,
            nevi_excluded=self.nevi_excluded + other.nevi_excluded,
        )


def zero_times() -> Uptime:
    """Returns zero times, the start of a sum."""
    return Uptime(observed=_NOTHING, outage=_NOTHING, excluded=_NOTHING, nevi_excluded=_NOTHING)


def measure(
    window: Span, outages: Sequence[Span], *, excluded: Iterable[Span], nevi_excluded: Iterable[Span]
) -> Uptime:
    """Measures a port. `outages` come from `outages_of`; exclusions count only where they overlap an outage."""
    outages_in_window = common([window], outages)
    return Uptime(
        observed=window.duration,
        outage=total(outages_in_window),
        excluded=total(common(outages_in_window, union(excluded))),
        nevi_excluded=total(common(outages_in_window, union(nevi_excluded))),
    )


def outages_of(downtime: Down) -> list[Span]:
    """Returns when nobody could charge at the port: the charger, or every connector of the port, was down."""
    connector_outages = [union(spans) for spans in downtime.connectors]
    everyone = reduce(common, connector_outages) if connector_outages else []
    return union([*downtime.whole, *everyone])


def union(spans: Iterable[Span]) -> list[Span]:
    """Merges spans: in order, without overlaps."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.begins_at <= merged[-1].ends_at:
            merged[-1] = Span(merged[-1].begins_at, max(merged[-1].ends_at, span.ends_at))
        else:
            merged.append(span)
    return merged


def common(left: Sequence[Span], right: Sequence[Span]) -> list[Span]:
    """Intersects two ordered lists without overlaps."""
    return list(_common(left, right))


def total(spans: Iterable[Span]) -> timedelta:
    return sum((span.duration for span in spans), _NOTHING)


def split(spans: Iterable[Span], days: Sequence[Span]) -> list[timedelta]:
    """Returns how much of the spans, which may overlap, lies in each of the days, which are in order."""
    durations, begins = [_NOTHING] * len(days), [day.begins_at for day in days]
    for span in spans:
        at = max(bisect_right(begins, span.begins_at) - 1, 0)
        while at < len(days) and days[at].begins_at < span.ends_at:
            durations[at] += total(common([days[at]], [span]))
            at += 1
    return durations


def _common(left: Sequence[Span], right: Sequence[Span]) -> Iterator[Span]:
    at, other = 0, 0
    while at < len(left) and other < len(right):
        begins_at = max(left[at].begins_at, right[other].begins_at)
        ends_at = min(left[at].ends_at, right[other].ends_at)
        if begins_at < ends_at:
            yield Span(begins_at, ends_at)
        if left[at].ends_at <= right[other].ends_at:
            at += 1
        else:
            other += 1
