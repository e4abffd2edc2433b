"""The chain as a flowchart, and the path that one decision took through it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from authorization.decide import engine, reasons
from authorization.decide.engine import Step, StepKind
from authorization.decide.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One step. `mark`: "" (no decision), passed, failed, skipped, or ahead (not reached).

    `is_end`: the path leaves the chain here, through `accepts` or with `reason`.
    """

    step: Step
    mark: str = ""
    sentence: str = ""
    link: str = ""
    ms: int | None = None
    is_end: bool = False

    @property
    def is_gate(self) -> bool:
        return self.step.kind is StepKind.GATE

    @property
    def accepts(self) -> bool:
        """Whether passing this step lets the card in at once."""
        return not self.is_gate

    @property
    def refusals(self) -> tuple[Reason, ...]:
        return tuple(reasons.get(code) for code in self.step.refuses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """All boxes in order, and the text shown when no step is left."""

    boxes: tuple[Box, ...]
    ran_out: bool = False
    reason: Reason | None = None

    @property
    def left_over(self) -> tuple[Reason, ...]:
        """The reasons that no single step gives; the kind of card decides between them."""
        of_steps = {code for box in self.boxes for code in box.step.refuses}
        return tuple(reasons.get(code) for code, _ in engine.REASONS if code not in of_steps)


def empty() -> Chart:
    return Chart(boxes=tuple(Box(step=step) for step in engine.CHAIN))


def of_decision(trace: Sequence[Mapping[str, Any]], *, reason: str) -> Chart:
    """Returns the path of a stored or dry decision, from its trace and its refusal's code (empty: it was let in).

    A stored trace may be older than today's chain: steps that it lacks are drawn as not reached.
    """
    lines = {str(line["step"]): line for line in trace}
    judged = [
        position for position, step in enumerate(engine.CHAIN) if _outcome(lines.get(step.key)) in {"passed", "failed"}
    ]
    end = judged[-1] if judged else -1
    ran_out = bool(reason) and not (judged and _can_refuse_at_step(engine.CHAIN[end]))
    boxes = tuple(
        _box(step, lines.get(step.key), is_ahead=position > end and not ran_out, is_end=position == end and not ran_out)
        for position, step in enumerate(engine.CHAIN)
    )
    return Chart(boxes=boxes, ran_out=ran_out, reason=reasons.get(reason) if reason else None)


def _can_refuse_at_step(step: Step) -> bool:
    """Whether a refusal can leave the chain at this step: at a gate, or at the last step."""
    return step.kind is StepKind.GATE or step is engine.CHAIN[-1]


def _outcome(line: Mapping[str, Any] | None) -> str:
    return str(line["outcome"]) if line else ""


def _box(step: Step, line: Mapping[str, Any] | None, *, is_ahead: bool, is_end: bool) -> Box:
    if line is None or is_ahead:
        return Box(step=step, mark="ahead")
    mark = _outcome(line)
    link = "" if mark == "skipped" else str(line.get("link") or "")
    return Box(step=step, mark=mark, sentence=str(line["sentence"]), link=link, ms=line.get("ms"), is_end=is_end)
