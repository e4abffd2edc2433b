"""Steps of the safe ladder tried at chargers, for several pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from chargers.models import Charger, Command, Recovery, RecoveryStep
from chargers.recovery import next_step, progress, wording
from chargers.recovery.next_step import Step


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step with its name, and how its command ended."""

    title: str
    answer: str
    row: RecoveryStep


@dataclass(frozen=True, slots=True)
class ShownRecovery:
    """A ladder; `waits` is the reason why it does nothing now, or empty."""

    row: Recovery
    steps: tuple[ShownStep, ...]
    waits: str


@dataclass(frozen=True, slots=True)
class ShownChoice:
    """The steps that may be tried at a charger: each with its name, meaning and whether it is chosen, in order.

    `of_place` describes the property's choice. `why` is the reason for an unusual order.
    """

    is_own: bool
    steps: tuple[tuple[Step, str, str, bool], ...]
    of_place: str
    why: tuple[str, ...]


def choice(charger: Charger) -> ShownChoice:
    """Returns the choice for a charger. Three queries."""
    own, of_place, records = (
        progress.own_steps(charger),
        progress.steps_of(charger.property),
        progress.records_of(charger),
    )
    chosen_steps = of_place if own is None else own
    return ShownChoice(
        is_own=own is not None,
        steps=tuple(
            (step, wording.TITLES[step], wording.MEANS[step], step in chosen_steps)
            for step in next_step.order_steps(records)
        ),
        of_place=", ".join(wording.TITLES[step].lower() for step in of_place) or "off",
        why=tuple(wording.why_ordered(records)),
    )


def rows_of(rows: Sequence[Recovery]) -> list[ShownRecovery]:
    """Converts recoveries loaded with their steps."""
    return [
        ShownRecovery(
            row,
            tuple(_step(step) for step in row.steps.all()),
            wording.describe_wait(row.waits_for) if row.state == Recovery.State.OPEN else "",
        )
        for row in rows
    ]


def _step(row: RecoveryStep) -> ShownStep:
    answer = Command.State(row.answer).label.lower() if row.answer in Command.State.values else row.answer
    return ShownStep(wording.TITLES[Step(row.step)], answer, row)
