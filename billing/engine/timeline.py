"""One session's events cleaned up: without repeats, by our clock, in order, each register value accepted or refused."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final

from billing.engine.values import units
from billing.engine.values.facts import (
    ConnectorStatus,
    RegisterContext,
    RegisterReported,
    SessionFacts,
    StatusReported,
    shift_event,
)
from chargers.lib.i18n import mark

SMALLEST_DRIFT: Final = timedelta(seconds=30)
LARGEST_DRIFT: Final = timedelta(hours=24)


class Refusal(StrEnum):
    """Why a register value is not used."""

    BEFORE_START = mark("it was taken before the start")
    AFTER_STOP = mark("it was taken after the stop")
    BACKWARDS = mark("the register cannot run backwards")
    ABOVE_STOP = mark("it is higher than the register at the stop")


@dataclass(frozen=True, slots=True)
class RefusedReading:
    reading: RegisterReported
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Timeline:
    """The cleaned-up events.

    All times are ours (corrected), ascending. `readings` begin with the start, never fall, and end with the stop if
    there is one; a stop below the start is not among them.
    """

    readings: tuple[RegisterReported, ...]
    refused: tuple[RefusedReading, ...]
    stop: RegisterReported | None
    statuses: tuple[StatusReported, ...]
    clock_correction: timedelta

    @property
    def start(self) -> RegisterReported:
        return self.readings[0]

    @property
    def last(self) -> RegisterReported:
        return self.readings[-1]

    @property
    def energy_wh(self) -> int:
        return self.last.wh - self.start.wh

    @property
    def last_contact_at(self) -> datetime:
        """Returns the latest event of any kind."""
        ends: list[datetime] = [
            self.last.at,
            *(status.at for status in self.statuses[-1:]),
            *((self.stop.at,) if self.stop else ()),
        ]
        return max(ends)

    def energy_until(self, instant: datetime) -> Fraction:
        """Returns Wh since the start, interpolated linearly between the two nearest readings."""
        before, after = self.around(instant)
        flowed = Fraction(before.wh - self.start.wh)
        if after.wh == before.wh or after.at == before.at:
            return flowed
        return flowed + (after.wh - before.wh) * units.ratio(instant - before.at, whole=after.at - before.at)

    def instant_of(self, energy_wh: Fraction) -> datetime:
        """Returns when this much had flowed since the start (at most all of it), interpolated like `energy_until`."""
        index = bisect_left(self.readings, energy_wh, key=lambda reading: Fraction(reading.wh - self.start.wh))
        if index == 0:
            return self.start.at
        before, after = self.readings[index - 1], self.readings[index]
        share = (energy_wh - (before.wh - self.start.wh)) / (after.wh - before.wh)
        return (
            before.at
            + ((after.at - before.at) // units.MICROSECOND * share.numerator // share.denominator) * units.MICROSECOND
        )

    @property
    def last_rise_at(self) -> datetime:
        """Returns when the register first had its final value: no energy flowed after that."""
        return self.instant_of(Fraction(self.energy_wh))

    def around(self, instant: datetime) -> tuple[RegisterReported, RegisterReported]:
        """Returns the readings at or before and after an instant; twice the same at a reading or outside all
        of them.
        """
        index = bisect_right(self.readings, instant, key=lambda reading: reading.at)
        before = self.readings[max(index - 1, 0)]
        if index == len(self.readings) or before.at >= instant:
            return before, before
        return before, self.readings[index]


def clock_correction(facts: SessionFacts) -> timedelta:
    """Returns the correction of the charger's times.

    A few seconds are not corrected, nor is a clock that is plainly unset: for that the caller provides the times of
    receipt.
    """
    ahead = timedelta(seconds=facts.charger_clock_offset_s)
    return -ahead if SMALLEST_DRIFT < abs(ahead) < LARGEST_DRIFT else timedelta(0)


def lay_out(facts: SessionFacts, *, as_of: datetime | None = None) -> Timeline:
    """Orders the events; those after `as_of` do not count.

    Raises ValueError without exactly one start by then and at most one stop.
    """
    correction = clock_correction(facts)
    events = [shift_event(event, by=correction) if correction else event for event in dict.fromkeys(facts.events)]
    if as_of is not None:
        events = [event for event in events if event.at <= as_of]
    registers = sorted((event for event in events if isinstance(event, RegisterReported)), key=_register_order)
    start, stop = (
        _find_sole_register(registers, context=RegisterContext.START),
        _find_sole_register(registers, context=RegisterContext.STOP),
    )
    if start is None:
        raise ValueError("a session without a start has no price")
    meters = [event for event in registers if event.context is RegisterContext.METER]
    readings, refused = _accept(meters, start=start, stop=stop)
    return Timeline(
        readings=readings,
        refused=refused,
        stop=stop,
        statuses=tuple(sorted((event for event in events if isinstance(event, StatusReported)), key=_status_order)),
        clock_correction=correction,
    )


def _find_sole_register(registers: list[RegisterReported], *, context: RegisterContext) -> RegisterReported | None:
    matching = [event for event in registers if event.context is context]
    if len(matching) > 1:
        raise ValueError(f"a session has one {context}, not {len(matching)}")
    return matching[0] if matching else None


def _register_order(event: RegisterReported) -> tuple[datetime, int]:
    return event.at, event.wh


def _status_order(event: StatusReported) -> tuple[datetime, int, str]:
    """Orders statuses so that of several at one instant the one in the guest's favour comes last."""
    rank = {ConnectorStatus.SUSPENDED_EV: 0, ConnectorStatus.FINISHING: 0, ConnectorStatus.AVAILABLE: 2}
    return event.at, rank.get(event.status, 1), event.status


def _accept(
    meters: list[RegisterReported], *, start: RegisterReported, stop: RegisterReported | None
) -> tuple[tuple[RegisterReported, ...], tuple[RefusedReading, ...]]:
    """Returns the meter values, in order, that a register between start and stop can have had, and the refused ones."""
    accepted, refused = [start], []
    for reading in meters:
        refusal = _refusal(reading, previous=accepted[-1], start=start, stop=stop)
        if refusal is None:
            accepted.append(reading)
        else:
            refused.append(RefusedReading(reading=reading, refusal=refusal))
    if stop is not None and stop.at >= start.at and stop.wh >= start.wh:
        accepted.append(stop)
    return tuple(accepted), tuple(refused)


def _refusal(
    reading: RegisterReported, *, previous: RegisterReported, start: RegisterReported, stop: RegisterReported | None
) -> Refusal | None:
    if reading.at < start.at:
        return Refusal.BEFORE_START
    if stop is not None and reading.at > stop.at:
        return Refusal.AFTER_STOP
    if reading.wh < previous.wh:
        return Refusal.BACKWARDS
    if stop is not None and reading.wh > stop.wh:
        return Refusal.ABOVE_STOP
    return None
