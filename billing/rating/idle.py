"""Idle time: the plug is taken though the vehicle wants no more energy."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from billing.rating import units, wall_clock
from billing.rating.facts import ConnectorStatus, ContactGap, WithheldSpan
from billing.rating.tariff import IdleFee, MinuteCount
from billing.rating.timeline import Timeline

IDLE_STATUSES: Final = frozenset((ConnectorStatus.SUSPENDED_EV, ConnectorStatus.FINISHING))


@dataclass(frozen=True, slots=True)
class Span:
    start: datetime
    end: datetime

    @property
    def duration(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class IdleStretch:
    """Idle spans between which no energy flowed: they share one grace. The durations add up to that of the spans."""

    spans: tuple[Span, ...]
    grace: timedelta
    free: timedelta
    out_of_contact: timedelta
    withheld: timedelta
    billable: timedelta
    count: MinuteCount

    @property
    def minutes(self) -> int:
        return units.minutes(self.billable, count=self.count)


def idle_stretches(
    timeline: Timeline,
    *,
    fee: IdleFee,
    zone: ZoneInfo,
    contact_gaps: tuple[ContactGap, ...] = (),
    withheld: tuple[WithheldSpan, ...] = (),
    until: datetime | None = None,
) -> tuple[IdleStretch, ...]:
    """What an idle fee may be taken for. Time in which power was withheld is not idle and uses up no grace.

    Without a stop there is none, because its end would be assumed; `until` is the present of a session that still runs.
    """
    if timeline.stop is None and until is None:
        return ()
    spans = tuple(_idle_spans(timeline, until=until))
    return tuple(
        _stretch(chain, fee=fee, zone=zone, contact_gaps=contact_gaps, withheld=withheld)
        for chain in _chains(spans, timeline=timeline)
    )


def _idle_spans(timeline: Timeline, *, until: datetime | None) -> Iterator[Span]:
    """From an idle status to the next other one; after the stop, up to the end of the occupancy."""
    began: datetime | None = None
    for status in timeline.statuses:
        if status.status in IDLE_STATUSES:
            began = began or max(status.at, timeline.start.at)
            continue
        if began is not None and status.at > began:
            yield Span(start=began, end=status.at)
        began = None
        if timeline.stop is not None and status.at >= timeline.stop.at:
            return
    end = until or timeline.last_contact_at
    if began is not None and end > began:
        yield Span(start=began, end=end)


def _chains(spans: Iterable[Span], *, timeline: Timeline) -> list[tuple[Span, ...]]:
    chains: list[tuple[Span, ...]] = []
    for span in spans:
        if chains and timeline.energy_until(span.start) == timeline.energy_until(chains[-1][-1].end):
            chains[-1] = (*chains[-1], span)
        else:
            chains.append((span,))
    return chains


def _stretch(
    spans: tuple[Span, ...],
    *,
    fee: IdleFee,
    zone: ZoneInfo,
    contact_gaps: tuple[ContactGap, ...],
    withheld: tuple[WithheldSpan, ...],
) -> IdleStretch:
    grace_left = timedelta(minutes=fee.grace_min)
    grace = free = out_of_contact = billable = timedelta(0)
    powered = [piece for span in spans for piece in without(span, gaps=withheld)]
    for span in powered:
        spared = min(grace_left, span.duration)
        grace, grace_left = grace + spared, grace_left - spared
        after_grace = Span(start=span.start + spared, end=span.end)
        reached = list(without(after_grace, gaps=contact_gaps))
        span_free = sum((_free(piece, fee=fee, zone=zone) for piece in reached), timedelta(0))
        in_contact = sum((piece.duration for piece in reached), timedelta(0))
        out_of_contact += after_grace.duration - in_contact
        free += span_free
        billable += in_contact - span_free
    plugged_in = sum((span.duration for span in spans), timedelta(0))
    return IdleStretch(
        spans=spans,
        grace=grace,
        free=free,
        out_of_contact=out_of_contact,
        withheld=plugged_in - sum((piece.duration for piece in powered), timedelta(0)),
        billable=billable,
        count=fee.count,
    )


def without(span: Span, *, gaps: Sequence[ContactGap | WithheldSpan] | Sequence[Span | WithheldSpan]) -> Iterator[Span]:
    """The parts of a span outside the gaps, which may overlap."""
    start = span.start
    for gap in sorted(gaps, key=lambda gap: gap.start):
        if gap.end <= start or gap.start >= span.end:
            continue
        if gap.start > start:
            yield Span(start=start, end=gap.start)
        start = max(start, gap.end)
    if start < span.end:
        yield Span(start=start, end=span.end)


def _free(span: Span, *, fee: IdleFee, zone: ZoneInfo) -> timedelta:
    edges = frozenset[int]().union(*(window.edges for window in fee.free_windows))
    pieces = wall_clock.slices(span.start, span.end, zone=zone, edges=edges) if fee.free_windows else ()
    return sum(
        (
            piece.end - piece.start
            for piece in pieces
            if any(window.covers(weekday=piece.weekday, minute=piece.minute) for window in fee.free_windows)
        ),
        timedelta(0),
    )


def idle_spans(session: Timeline, *, zone: ZoneInfo, until: datetime | None) -> tuple[Span, ...]:
    """When the car was plugged in and done, whatever the rate takes for it."""
    stretches = idle_stretches(session, fee=_NO_FEE, zone=zone, until=until)
    return tuple(span for stretch in stretches for span in stretch.spans)


_NO_FEE: Final = IdleFee(per_min=Decimal(0))
