"""Decides the next step at a charger in trouble. Pure: from present facts to one step, or to waiting.

Steps are OCPP 1.6 5.17 (TriggerMessage), 5.14 (Reset) and 5.18 (UnlockConnector), and their counterparts in 2.x.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import sqrt
from typing import Final

BEGINS_AFTER: Final = timedelta(minutes=5)
"""Shorter faults go away without help."""
GIVES_UP_AFTER: Final = timedelta(hours=2)
"""How long the ladder waits for a charger that is offline, or to which no command may be sent."""
RESET_EVERY: Final = timedelta(hours=24)
_SEEN_WITHIN: Final = timedelta(minutes=2)
"""A recovery later than this after the last step is not attributed to it."""
_ENOUGH: Final = 10
"""The number of attempts at a model before a step's record counts."""
_SURE: Final = 1.96
"""Standard deviations for a confidence of 95 %."""


class Step(StrEnum):
    """A step, from the gentlest to the harshest."""

    TRIGGER = "trigger"
    RESET_SOFT = "reset_soft"
    RESET_HARD = "reset_hard"
    UNLOCK = "unlock"
    TICKET = "ticket"


RESETS: Final = frozenset({Step.RESET_SOFT, Step.RESET_HARD})
_PATIENCE: Final[Mapping[Step, timedelta]] = {
    Step.TRIGGER: timedelta(minutes=2),
    Step.RESET_SOFT: timedelta(minutes=5),
    Step.RESET_HARD: timedelta(minutes=10),
    Step.UNLOCK: timedelta(minutes=2),
    Step.TICKET: timedelta(0),
}
"""How long a step may take to show its effect."""


class Kind(StrEnum):
    """The kind of trouble."""

    FAULTED = "faulted"
    OFFLINE = "offline"


class Hindrance(StrEnum):
    """A reason to send no command now."""

    CHARGING = "charging"
    PLUGGED_IN = "plugged_in"
    PAID = "paid"
    STARTING = "starting"
    RESERVED = "reserved"
    MAINTENANCE = "maintenance"
    FIRMWARE = "firmware"
    LED = "led"


_BY_PEOPLE: Final = frozenset({Hindrance.MAINTENANCE, Hindrance.FIRMWARE})
"""Somebody works on the charger: no ticket is needed meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """The trouble reported now. `evse_number` is the outlet, None for the whole charger."""

    kind: Kind
    since: datetime
    detail: str = ""
    evse_number: int | None = None

    @property
    def is_stuck_lock(self) -> bool:
        return self.detail == "ConnectorLockFailure" and self.evse_number is not None


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step of this ladder that was taken."""

    step: Step
    at: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """How often a step was tried at this model and firmware, and how often the charger then recovered."""

    tried: int
    recovered: int

    @property
    def never_helps(self) -> bool:
        return self.tried >= _ENOUGH and self.recovered == 0

    def is_clearly_better_than(self, other: "Record") -> bool:
        """Whether both were tried often enough, and chance does not explain the difference."""
        if self.tried < _ENOUGH or other.tried < _ENOUGH:
            return False
        return self._bounds()[0] > other._bounds()[1]

    def _bounds(self) -> tuple[float, float]:
        """Returns the bounds of the success rate (Wilson's interval)."""
        share, square = self.recovered / self.tried, _SURE**2
        middle = share + square / (2 * self.tried)
        half = _SURE * sqrt(share * (1 - share) / self.tried + square / (4 * self.tried**2))
        return (middle - half) / (1 + square / self.tried), (middle + half) / (1 + square / self.tried)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The present facts. `resets` are those of this charger within a day, by any ladder."""

    now: datetime
    trouble: Trouble | None
    allowed: Collection[Step]
    hindrance: Hindrance | None = None
    tried: tuple[StepTaken, ...] = ()
    resets: frozenset[Step] = frozenset()
    records: Mapping[Step, Record] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recovered:
    """The charger is well; `by` is the last step, None if there was none, or it was too long ago."""

    by: Step | None


@dataclass(frozen=True, slots=True)
class Take:
    """Take this step now."""

    step: Step


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing until then; `why` is what prevents a step, None while the last one may still show its effect."""

    until: datetime
    why: Hindrance | Kind | None = None


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Nothing is left to try."""


Decision = Recovered | Take | Wait | GiveUp


def decide(facts: Facts) -> Decision:
    """Decides the next step. Each step is taken at most once in a ladder, so that it always ends."""
    trouble, last = facts.trouble, facts.tried[-1] if facts.tried else None
    if trouble is None:
        is_by_step = last is not None and facts.now - last.at <= _PATIENCE[last.step] + _SEEN_WITHIN
        return Recovered(last.step if last is not None and is_by_step else None)
    ready_at = last.at + _PATIENCE[last.step] if last else trouble.since + BEGINS_AFTER
    if facts.now < ready_at:
        return Wait(ready_at)
    remaining_steps = [step for step in order_steps(facts.records) if _may_help(step, facts, trouble)]
    blocked = facts.hindrance or (Kind.OFFLINE if trouble.kind is Kind.OFFLINE else None)
    if blocked is None:
        return Take(remaining_steps[0]) if remaining_steps else GiveUp()
    if remaining_steps == [Step.TICKET] and facts.tried and facts.hindrance not in _BY_PEOPLE:
        return Take(Step.TICKET)
    since = max(trouble.since, last.at if last else trouble.since)
    if facts.hindrance in _BY_PEOPLE or facts.now < since + GIVES_UP_AFTER:
        return Wait(facts.now + timedelta(minutes=1), blocked)
    return Take(Step.TICKET) if Step.TICKET in remaining_steps else GiveUp()


def order_steps(records: Mapping[Step, Record]) -> tuple[Step, ...]:
    """Returns the order of the steps for hardware with these records.

    The gentlest comes first; a harsher step comes before a gentler one only if its record is clearly better. The ticket
    comes last.
    """
    steps: list[Step] = []
    for step in Step:
        position = len(steps)
        while step is not Step.TICKET and position and _is_better(step, steps[position - 1], records):
            position -= 1
        steps.insert(position, step)
    return tuple(steps)


def brought_forward(records: Mapping[Step, Record]) -> list[tuple[Step, Step]]:
    """Returns each harsher step that comes before a gentler one, with the gentler one."""
    order = order_steps(records)
    return [
        (harder, gentler)
        for position, harder in enumerate(order)
        for gentler in order[position + 1 :]
        if [*Step].index(gentler) < [*Step].index(harder)
    ]


def _is_better(step: Step, other: Step, records: Mapping[Step, Record]) -> bool:
    own_record, other_record = records.get(step), records.get(other)
    return own_record is not None and other_record is not None and own_record.is_clearly_better_than(other_record)


def _may_help(step: Step, facts: Facts, trouble: Trouble) -> bool:
    if step not in facts.allowed or any(attempt.step is step for attempt in facts.tried):
        return False
    if step is Step.TICKET:
        return True
    if step in facts.resets or (step is Step.UNLOCK and not trouble.is_stuck_lock):
        return False
    record = facts.records.get(step)
    return record is None or not record.never_helps
