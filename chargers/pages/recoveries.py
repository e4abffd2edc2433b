"""What the safe ladder tried at chargers, as several pages show it."""

from collections.abc import Sequence
from dataclasses import dataclass

from chargers.models import Command, Recovery, RecoveryStep
from chargers.recovery import wording
from chargers.recovery.ladder import Step


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One step with its name, and how its command ended, in words."""

    title: str
    answer: str
    row: RecoveryStep


@dataclass(frozen=True, slots=True)
class ShownRecovery:
    """One ladder; `waits`: why it does nothing now, empty otherwise."""

    row: Recovery
    steps: tuple[ShownStep, ...]
    waits: str


def shown(rows: Sequence[Recovery]) -> list[ShownRecovery]:
    """They come with their steps."""
    return [
        ShownRecovery(
            row,
            tuple(_step(one) for one in row.steps.all()),
            wording.waits(row.waits_for) if row.state == Recovery.State.OPEN else "",
        )
        for row in rows
    ]


def _step(row: RecoveryStep) -> ShownStep:
    answer = Command.State(row.answer).label.lower() if row.answer in Command.State.values else row.answer
    return ShownStep(wording.TITLES[Step(row.step)], answer, row)
