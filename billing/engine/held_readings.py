"""The ways to bill a held session: other readings of the same facts, each with a price."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from billing.engine import plausibility, timeline
from billing.engine.plausibility import Implausible
from billing.engine.reports import reasons
from billing.engine.reports.reasons import Code, English, PriceReason
from billing.engine.timeline import Timeline
from billing.engine.values import units
from billing.engine.values.facts import Event, RegisterContext, RegisterReported, SessionFacts, shift_event

_IMPOSSIBLE_ORDER: Final = frozenset((Implausible.STOP_BELOW_START, Implausible.STOP_BEFORE_START))


class Choice(StrEnum):
    """Ways to read the facts of a held session."""

    AS_IT_STANDS = "as_it_stands"
    LAST_TRUSTED = "last_trusted"
    PLAUSIBLE = "plausible"
    FIRST_READING = "first_reading"
    OUR_CLOCK = "our_clock"


@dataclass(frozen=True, slots=True)
class Reading:
    """The facts as a choice reads them, with a sentence on what that means."""

    choice: Choice
    reason: PriceReason
    facts: SessionFacts

    @property
    def sentence(self) -> str:
        """Returns the sentence in English, with times in UTC."""
        return reasons.render((self.reason,), speech=English())


def readings(facts: SessionFacts, *, deliverable_w: int | None = None) -> tuple[Reading, ...]:
    """Returns every reading that can be priced without being held again; empty if the session can only be waived.

    `deliverable_w`: what the connector is known to deliver, if the facts have no power of it.
    """
    plausible = partial(_plausible_reading, power_w=facts.max_power_w or deliverable_w)
    candidates = (
        reading
        for make in (_last_trusted, _first_reading, plausible, _our_clock, _unchanged_reading)
        for reading in make(facts)
    )
    return tuple(
        reading
        for reading in candidates
        if not plausibility.implausible(timeline.lay_out(reading.facts), facts=reading.facts)
    )


def _unchanged_reading(facts: SessionFacts) -> Iterator[Reading]:
    """Yields the facts as they are, unless the stop contradicts the start: then they cannot be priced."""
    doubts = {doubt.doubt for doubt in plausibility.implausible(timeline.lay_out(facts), facts=facts)}
    if not doubts & _IMPOSSIBLE_ORDER:
        reason = PriceReason(Code.REVIEW_AS_IT_STANDS)
        yield Reading(Choice.AS_IT_STANDS, reason, replace(facts, accepted=facts.accepted | doubts))


def _last_trusted(facts: SessionFacts) -> Iterator[Reading]:
    """Yields the facts up to the reading before the first implausible one; time after it is not billed."""
    laid = timeline.lay_out(facts)
    last = None
    if laid.stop is not None and laid.stop not in laid.readings:
        laid = timeline.lay_out(replace(facts, events=tuple(filter(_is_no_stop, facts.events))))
        last = laid.last
    jump = _first_jump(laid, facts=facts)
    if jump is not None:
        last = jump
    if last is None or last.context is not RegisterContext.METER:
        return
    trusted = tuple(event for event in facts.events if _is_within(event, last=last, until_wh=last.wh, facts=facts))
    reason = PriceReason(Code.REVIEW_LAST_TRUSTED, {"register_wh": last.wh, "last_at": units.utc_text(last.at)})
    yield Reading(Choice.LAST_TRUSTED, reason, replace(facts, events=trusted))


def _plausible_reading(facts: SessionFacts, *, power_w: int | None) -> Iterator[Reading]:
    """Yields, if more energy was reported than could flow, at most what the connector can deliver in the time."""
    laid = timeline.lay_out(facts)
    duration = laid.last.at - laid.start.at
    doubts = {evidence.doubt for evidence in plausibility.implausible(laid, facts=replace(facts, max_power_w=power_w))}
    if power_w is None or Implausible.IMPOSSIBLE_ENERGY not in doubts:
        return
    most_wh = int(power_w * units.ratio(duration, whole=timedelta(hours=1)))
    max_register_wh = laid.start.wh + most_wh
    possible = tuple(
        _cap_register(event, max_register_wh) for event in facts.events if _is_kept(event, max_register_wh)
    )
    values = {"most_wh": most_wh, "most_w": power_w, "lasted_s": int(duration.total_seconds())}
    yield Reading(Choice.PLAUSIBLE, PriceReason(Code.REVIEW_PLAUSIBLE, values), replace(facts, events=possible))


def _is_kept(event: Event, most_wh: int) -> bool:
    """Whether to use the event: a sample that is too high is not evidence, but the stop still ends the session."""
    is_sample = isinstance(event, RegisterReported) and event.context is RegisterContext.METER
    return not is_sample or event.wh <= most_wh  # type: ignore[union-attr]


def _cap_register(event: Event, most_wh: int) -> Event:
    if not isinstance(event, RegisterReported) or event.wh <= most_wh:
        return event
    return replace(event, wh=most_wh)


def _is_no_stop(event: Event) -> bool:
    return not isinstance(event, RegisterReported) or event.context is not RegisterContext.STOP


def _is_within(event: Event, *, last: RegisterReported, until_wh: int, facts: SessionFacts) -> bool:
    moved = shift_event(event, by=timeline.clock_correction(facts))
    if not isinstance(moved, RegisterReported):
        return moved.at <= last.at
    return _is_no_stop(moved) and moved.at <= last.at and moved.wh <= until_wh


def _first_jump(laid: Timeline, *, facts: SessionFacts) -> RegisterReported | None:
    """Returns the reading before the first rise that no connector can deliver."""
    for before, after in zip(laid.readings, laid.readings[1:], strict=False):
        if plausibility.is_jump(before, after, facts=facts):
            return before
    return None


def _first_reading(facts: SessionFacts) -> Iterator[Reading]:
    """Yields, if the start value was lost, the facts from the first value after it: energy before that costs
    nothing.
    """
    laid = timeline.lay_out(facts)
    if laid.start.wh != 0 or len(laid.readings) < 2 or laid.readings[1].context is not RegisterContext.METER:
        return
    first = laid.readings[1]
    corrected_events = tuple(
        replace(event, wh=first.wh)
        if isinstance(event, RegisterReported) and event.context is RegisterContext.START
        else event
        for event in facts.events
    )
    reason = PriceReason(Code.REVIEW_FIRST_READING, {"register_wh": first.wh})
    yield Reading(Choice.FIRST_READING, reason, replace(facts, events=corrected_events))


def _our_clock(facts: SessionFacts) -> Iterator[Reading]:
    """Yields the facts by our clock, if the charger's is further off than is corrected automatically."""
    offset = timedelta(seconds=facts.charger_clock_offset_s)
    if abs(offset) < timeline.LARGEST_DRIFT:
        return
    moved = tuple(shift_event(event, by=-offset) for event in facts.events)
    reason = PriceReason(Code.REVIEW_OUR_CLOCK, {"off_s": abs(facts.charger_clock_offset_s)})
    yield Reading(Choice.OUR_CLOCK, reason, replace(facts, events=moved, charger_clock_offset_s=0))
