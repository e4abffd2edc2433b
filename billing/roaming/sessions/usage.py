"""The usage of a session in OCPI's charging periods, from the same inputs as its price. Pure but for the stored inputs.

A period begins wherever the price of energy changes and wherever the car started or stopped charging, so that a partner
that judges each period by its start gets the same prices.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from billing.engine import charging, idle, periods, timeline
from billing.engine.idle import Span
from billing.engine.periods import EnergyPeriod
from billing.engine.rate.tariff import MinuteCount
from billing.engine.timeline import Timeline
from billing.engine.values import money
from billing.engine.values.facts import PricedSession
from billing.pricing import session_facts
from billing.roaming.sessions.stored_form import Period, seconds

_MINUTE_S: Final = 60


@dataclass(frozen=True, slots=True)
class Usage:
    """A priced session from its start to the end of its last period; `idle_s` is all time without charging."""

    start: datetime
    end: datetime
    idle_s: int
    periods: list[Period]


def of_rating(inputs: Mapping[str, Any], *, tariff_id: str) -> Usage:
    """Returns the periods of a priced session; `inputs` are those of its rating."""
    priced, as_of = session_facts.parse_inputs(inputs)
    session = timeline.lay_out(priced.facts, as_of=as_of)
    energy = periods.energy_periods(session, rate=priced.rate, zone=priced.zone, included_wh=0)
    idled = idle.idle_spans(session, until=as_of)
    billed, unbilled_is_charging = _billed_idle(session, priced, until=as_of)
    cuts = sorted(
        {*_iter_period_edges(energy), *(edge for span in (*idled, *billed) for edge in (span.start, span.end))}
    )
    spans = [Span(start=start, end=end) for start, end in pairwise(cuts)]
    wh = _whole_wh(session, spans, total=session.energy_wh)
    all_periods = [
        _period(span, wh=entry, idled=idled, billed=billed, is_open=unbilled_is_charging, tariff_id=tariff_id)
        for span, entry in zip(spans, wh, strict=True)
    ]
    used = [entry for entry in all_periods if entry.energy_wh or entry.charging_s or entry.parking_s]
    return Usage(
        start=session.start.at,
        end=max([(session.stop or session.last).at, *cuts[-1:]]),
        idle_s=sum(seconds(span.duration) for span in idled),
        periods=_adjust_charging_time(used, session, priced),
    )


def _iter_period_edges(energy: Sequence[EnergyPeriod]) -> Iterator[datetime]:
    for period in energy:
        yield period.start
        yield period.end


def _billed_idle(session: Timeline, priced: PricedSession, *, until: datetime | None) -> tuple[list[Span], bool]:
    """Returns the billed idle time, and whether the rest of it may be reported as charging time: if that is free, a
    partner that computes the parking time by the tariff gets our price despite a grace that the tariff cannot express.
    """
    fee = priced.rate.idle
    if fee is None or not fee.per_min:
        return [], False
    stretches = idle.idle_stretches(session, fee=fee, zone=priced.zone, facts=priced.facts, until=until)
    return [span for stretch in stretches for span in _iter_billed_spans(stretch)], priced.rate.time is None


def _iter_billed_spans(stretch: idle.IdleStretch) -> Iterator[Span]:
    """Yields its billed spans, adjusted to the whole minutes that are billed."""
    remaining = timedelta(minutes=stretch.minutes)
    for number, span in enumerate(stretch.billed):
        is_last = number == len(stretch.billed) - 1
        lasts = remaining if is_last and stretch.count is MinuteCount.STARTED else min(remaining, span.duration)
        if lasts > timedelta(0):
            yield Span(start=span.start, end=span.start + lasts)
        remaining -= lasts


def _whole_wh(session: Timeline, spans: Sequence[Span], *, total: int) -> tuple[int, ...]:
    exact = [session.energy_until(span.end) - session.energy_until(span.start) for span in spans]
    return money.apportion(exact, total=total) if exact else ()


def _period(
    span: Span, *, wh: int, idled: Sequence[Span], billed: Sequence[Span], is_open: bool, tariff_id: str
) -> Period:
    duration_s = seconds(span.duration)
    is_billed = any(other_span.start <= span.start < other_span.end for other_span in billed)
    is_idle = any(other_span.start <= span.start < other_span.end for other_span in idled)
    is_parking = is_billed or (is_idle and not is_open)
    return Period(
        start=span.start,
        energy_wh=wh,
        charging_s=0 if is_parking else duration_s,
        parking_s=duration_s if is_parking else 0,
        tariff_id=tariff_id,
    )


def _adjust_charging_time(used_periods: list[Period], session: Timeline, priced: PricedSession) -> list[Period]:
    """Adjusts the seconds of charging to the receipt's minutes if charging time has a price: the last period takes the
    difference, which is less than a minute unless the car paused.
    """
    fee = priced.rate.time
    if fee is None or not fee.price or fee.windows:
        return used_periods
    billed_time = charging.charging_time(session, fee=fee, withheld=priced.facts.withheld, zone=priced.zone)
    difference = billed_time.minutes * _MINUTE_S - sum(usage_period.charging_s for usage_period in used_periods)
    adjusted: list[Period] = []
    for usage_period in reversed(used_periods):
        change = max(difference, -usage_period.charging_s) if usage_period.charging_s else 0
        difference -= change
        adjusted.append(_replace_charging_seconds(usage_period, usage_period.charging_s + change))
    return adjusted[::-1]


def _replace_charging_seconds(used: Period, charging_s: int) -> Period:
    return Period(
        start=used.start,
        energy_wh=used.energy_wh,
        charging_s=charging_s,
        parking_s=used.parking_s,
        tariff_id=used.tariff_id,
    )
