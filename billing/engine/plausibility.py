"""Evidence of implausible readings: such a session is held for a person and never billed as it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final

from billing.engine.reports import reasons
from billing.engine.reports.reasons import Code, English, PriceReason
from billing.engine.timeline import Timeline
from billing.engine.values import units
from billing.engine.values.facts import RegisterReported, SessionFacts

HIGHEST_POWER_W: Final = 500_000
"""Assumed if the connector's own maximum is unknown: 1000 V times 500 A, the maximum of a CCS plug."""
POWER_TOLERANCE: Final = Fraction(11, 10)
JUMP_TOLERANCE_WH: Final = 1000
"""Tolerance between two single readings: chargers time-stamp them within a minute or two."""
LONGEST_SESSION: Final = timedelta(days=366)


class Implausible(StrEnum):
    STOP_BELOW_START = "stop_below_start"
    STOP_BEFORE_START = "stop_before_start"
    IMPOSSIBLE_ENERGY = "impossible_energy"
    ZERO_BASELINE = "zero_baseline"
    TOO_LONG = "too_long"


OF_THE_METER: Final = frozenset(
    (Implausible.STOP_BELOW_START, Implausible.IMPOSSIBLE_ENERGY, Implausible.ZERO_BASELINE)
)
"""The doubts about the meter's reports; the others are about time."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a session is held: a code, and a reason with the numbers."""

    doubt: Implausible
    reason: PriceReason

    @property
    def sentence(self) -> str:
        """Returns the sentence in English, with times in UTC."""
        return reasons.render((self.reason,), speech=English())


def implausible(timeline: Timeline, *, facts: SessionFacts) -> tuple[Evidence, ...]:
    """Returns the doubts that no person has checked and accepted."""
    all_evidence = _all_implausible(timeline, facts=facts)
    return tuple(evidence for evidence in all_evidence if evidence.doubt not in facts.accepted)


def is_jump(before: RegisterReported, after: RegisterReported, *, facts: SessionFacts) -> bool:
    """Whether the register rose by more than the connector can deliver between two readings, and by at least a kWh."""
    possible_wh = _possible_wh(after.at - before.at, facts=facts)
    return after.wh - before.wh > possible_wh + JUMP_TOLERANCE_WH


def _possible_wh(duration: timedelta, *, facts: SessionFacts) -> Fraction:
    power_w = facts.max_power_w or HIGHEST_POWER_W
    return power_w * POWER_TOLERANCE * units.ratio(duration, whole=timedelta(hours=1))


def _all_implausible(timeline: Timeline, *, facts: SessionFacts) -> Iterator[Evidence]:
    start, stop = timeline.start, timeline.stop
    if stop is not None and stop.wh < start.wh:
        yield Evidence(Implausible.STOP_BELOW_START, _reason(Code.DOUBT_STOP_BELOW_START, begin=start.wh, end=stop.wh))
    if stop is not None and stop.at < start.at:
        times = {"stop_at": units.utc_text(stop.at), "start_at": units.utc_text(start.at)}
        yield Evidence(Implausible.STOP_BEFORE_START, _reason(Code.DOUBT_STOP_BEFORE_START, **times))
    if timeline.last_contact_at - start.at > LONGEST_SESSION:
        yield Evidence(Implausible.TOO_LONG, _reason(Code.DOUBT_TOO_LONG, days=LONGEST_SESSION.days))
    yield from _impossible_energy(timeline, facts=facts)
    if start.wh == 0 and len(timeline.readings) > 1 and _is_lost_start(timeline, facts=facts):
        yield Evidence(Implausible.ZERO_BASELINE, _reason(Code.DOUBT_ZERO_BASELINE, next_wh=timeline.readings[1].wh))


def _reason(code: Code, **facts: int | str) -> PriceReason:
    return PriceReason(code, facts)


def _is_lost_start(timeline: Timeline, *, facts: SessionFacts) -> bool:
    """Whether the whole session, or its first rise alone, is more than could flow."""
    is_impossible = timeline.energy_wh > _possible_wh(timeline.last.at - timeline.start.at, facts=facts)
    return is_impossible or is_jump(timeline.start, timeline.readings[1], facts=facts)


def _impossible_energy(timeline: Timeline, *, facts: SessionFacts) -> Iterator[Evidence]:
    duration = timeline.last.at - timeline.start.at
    if timeline.energy_wh <= _possible_wh(duration, facts=facts):
        return
    values = {
        "energy_wh": timeline.energy_wh,
        "lasted_s": int(duration.total_seconds()),
        "most_w": facts.max_power_w or HIGHEST_POWER_W,
    }
    yield Evidence(Implausible.IMPOSSIBLE_ENERGY, _reason(Code.DOUBT_IMPOSSIBLE_ENERGY, **values))
