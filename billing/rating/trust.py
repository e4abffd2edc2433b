"""Evidence that a session's readings cannot be true: it is held for a person and never billed as it stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final

from billing.rating import units
from billing.rating.facts import SessionFacts
from billing.rating.timeline import Timeline

HIGHEST_POWER_W: Final = 500_000
"""Taken where the connector's own maximum is unknown: 1000 V times 500 A, the most of a CCS plug."""
POWER_TOLERANCE: Final = Fraction(11, 10)
LONGEST_SESSION: Final = timedelta(days=366)


class Doubt(StrEnum):
    STOP_BELOW_START = "stop_below_start"
    STOP_BEFORE_START = "stop_before_start"
    IMPOSSIBLE_ENERGY = "impossible_energy"
    ZERO_BASELINE = "zero_baseline"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a session is held, in a code and in a sentence with the numbers."""

    doubt: Doubt
    sentence: str


def doubts(timeline: Timeline, *, facts: SessionFacts) -> tuple[Evidence, ...]:
    return tuple(_doubts(timeline, max_power_w=facts.max_power_w or HIGHEST_POWER_W))


def _doubts(timeline: Timeline, *, max_power_w: int) -> Iterator[Evidence]:
    start, stop = timeline.start, timeline.stop
    if stop is not None and stop.wh < start.wh:
        sentence = f"The register fell from {start.wh} Wh at the start to {stop.wh} Wh at the stop."
        yield Evidence(doubt=Doubt.STOP_BELOW_START, sentence=sentence)
    if stop is not None and stop.at < start.at:
        sentence = f"The stop, {units.utc_text(stop.at)}, lies before the start, {units.utc_text(start.at)}."
        yield Evidence(doubt=Doubt.STOP_BEFORE_START, sentence=sentence)
    if timeline.last_contact_at - start.at > LONGEST_SESSION:
        sentence = f"The events span more than {LONGEST_SESSION.days} days."
        yield Evidence(doubt=Doubt.TOO_LONG, sentence=sentence)
    yield from _impossible_energy(timeline, max_power_w=max_power_w)


def _impossible_energy(timeline: Timeline, *, max_power_w: int) -> Iterator[Evidence]:
    duration = timeline.last.at - timeline.start.at
    possible_wh = max_power_w * POWER_TOLERANCE * units.ratio(duration, of=timedelta(hours=1))
    if timeline.energy_wh <= possible_wh:
        return
    sentence = (
        f"{units.kwh(timeline.energy_wh)} kWh in {units.duration_text(duration)} is more than "
        f"{units.kwh(max_power_w)} kW and a tenth can deliver."
    )
    yield Evidence(doubt=Doubt.IMPOSSIBLE_ENERGY, sentence=sentence)
    if timeline.start.wh == 0:
        sentence = "The register began at 0, as if the start value had been lost."
        yield Evidence(doubt=Doubt.ZERO_BASELINE, sentence=sentence)
