"""Idle time: the vehicle is plugged in but takes no more energy."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from billing.engine import timeline as timelines
from billing.engine.rate import calendar
from billing.engine.rate.calendar import Window
from billing.engine.rate.tariff import IdleFee, MinuteCount
from billing.engine.timeline import Timeline
from billing.engine.values import units
from billing.engine.values.facts import ConnectorStatus, ContactGap, SessionFacts, WithheldSpan

_LOOKS_AHEAD: Final = timedelta(days=7)
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
    """Idle spans with no energy flow between them, so that they share one grace period.

    The durations add up to that of the spans.
    """

    spans: tuple[Span, ...]
    grace: timedelta
    free: timedelta
    out_of_contact: timedelta
    withheld: timedelta
    unnoticed: timedelta
    """Time before the driver was notified, if the rate bills only later time."""
    billable: timedelta
    count: MinuteCount
    noticed_at: datetime | None
    fee_from: datetime | None
    """The first billed instant."""
    billed: tuple[Span, ...] = ()
    """The billed spans; `count` turns them into minutes."""

    @property
    def minutes(self) -> int:
        return units.minutes(self.billable, count=self.count)


@dataclass(frozen=True, slots=True)
class IdleForecast:
    """A vehicle that is done and still plugged in: since when, and when a fee begins.

    `fee_from` is None if there is no fee, or none within a week.
    """

    since: datetime
    fee_from: datetime | None


def forecast(facts: SessionFacts, *, fee: IdleFee | None, zone: ZoneInfo, now: datetime) -> IdleForecast | None:
    """Returns when the fee begins or began if nothing changes; None if the vehicle is not idle at `now`."""
    session = timelines.lay_out(facts, as_of=now)
    chains = _chains(tuple(_idle_spans(session, until=now)), timeline=session)
    if not chains or chains[-1][-1].end < now:
        return None
    if fee is None or not fee.per_min:
        return IdleForecast(since=chains[-1][0].start, fee_from=None)
    *earlier, last = chains[-1]
    stays = (*earlier, Span(start=last.start, end=now + _LOOKS_AHEAD))
    notified = replace(fee, only_after_notice=False)
    stretch = _build_stretch(stays, fee=notified, zone=zone, facts=facts)
    return IdleForecast(since=stays[0].start, fee_from=stretch.fee_from)


def idle_stretches(
    timeline: Timeline,
    *,
    fee: IdleFee,
    zone: ZoneInfo,
    facts: SessionFacts,
    until: datetime | None = None,
) -> tuple[IdleStretch, ...]:
    """Returns the stretches that an idle fee may be charged for. Time in which power was withheld is not idle and uses
    up no grace.

    Without a stop there are none, because their end would be a guess; `until` is the present for a running session.
    """
    spans = idle_spans(timeline, until=until)
    return tuple(_build_stretch(chain, fee=fee, zone=zone, facts=facts) for chain in _chains(spans, timeline=timeline))


def _idle_spans(timeline: Timeline, *, until: datetime | None) -> Iterator[Span]:
    """Yields spans from an idle status to the next other one; after the stop, up to the end of the occupancy."""
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


def _build_stretch(spans: tuple[Span, ...], *, fee: IdleFee, zone: ZoneInfo, facts: SessionFacts) -> IdleStretch:
    grace_left = timedelta(minutes=fee.grace_min)
    grace = free = out_of_contact = unnoticed = timedelta(0)
    billed: list[Span] = []
    powered = [piece for span in spans for piece in subtract_gaps(span, gaps=facts.withheld)]
    noticed_at = _first_notice(spans, notices=facts.notices)
    for span in powered:
        spared = min(grace_left, span.duration)
        grace, grace_left = grace + spared, grace_left - spared
        after_grace = Span(start=span.start + spared, end=span.end)
        reached = list(subtract_gaps(after_grace, gaps=facts.contact_gaps))
        noticed = _clip_to_notice(reached, at=noticed_at) if fee.only_after_notice else reached
        paid = [piece for span in noticed for piece in clip_to_windows(span, windows=fee.applies, zone=zone)]
        out_of_contact += after_grace.duration - _total(reached)
        unnoticed += _total(reached) - _total(noticed)
        free += _total(noticed) - _total(paid)
        billed += paid
    return IdleStretch(
        spans=spans,
        grace=grace,
        free=free,
        out_of_contact=out_of_contact,
        withheld=_total(spans) - _total(powered),
        unnoticed=unnoticed,
        billable=_total(billed),
        count=fee.count,
        noticed_at=noticed_at,
        fee_from=min((piece.start for piece in billed), default=None),
        billed=tuple(billed),
    )


def _first_notice(spans: Sequence[Span], *, notices: Sequence[datetime]) -> datetime | None:
    """Returns the first notice since the vehicle was done; a later one belongs to a later stretch."""
    return min((at for at in notices if spans[0].start <= at <= spans[-1].end), default=None)


def _clip_to_notice(pieces: Iterable[Span], *, at: datetime | None) -> list[Span]:
    if at is None:
        return []
    return [Span(start=max(piece.start, at), end=piece.end) for piece in pieces if piece.end > at]


def _total(spans: Iterable[Span]) -> timedelta:
    return sum((span.duration for span in spans), timedelta(0))


def subtract_gaps(
    span: Span, *, gaps: Sequence[ContactGap | WithheldSpan] | Sequence[Span | WithheldSpan]
) -> Iterator[Span]:
    """Yields the parts of a span outside the gaps, which may overlap."""
    start = span.start
    for gap in sorted(gaps, key=lambda gap: gap.start):
        if gap.end <= start or gap.start >= span.end:
            continue
        if gap.start > start:
            yield Span(start=start, end=gap.start)
        start = max(start, gap.end)
    if start < span.end:
        yield Span(start=start, end=span.end)


def clip_to_windows(span: Span, *, windows: Sequence[Window], zone: ZoneInfo) -> Iterator[Span]:
    """Yields the parts of a span in which one of the windows applies; without windows all of it."""
    if not span.duration:
        return
    if not windows:
        yield span
        return
    edges = frozenset[int]().union(*(window.edges for window in windows))
    for piece in calendar.slices(span.start, span.end, zone=zone, edges=edges):
        if any(window.covers(weekday=piece.weekday, minute=piece.minute) for window in windows):
            yield Span(start=piece.start, end=piece.end)


def idle_spans(session: Timeline, *, until: datetime | None) -> tuple[Span, ...]:
    """Returns when the vehicle was plugged in and not charging, independent of the rate's idle fee."""
    if session.stop is None and until is None:
        return ()
    return tuple(_idle_spans(session, until=until))
