"""The finding of one step of the chain, and its line in the trace. Pure."""

from dataclasses import dataclass
from enum import StrEnum

Value = str | int | bool | None
Values = tuple[tuple[str, Value], ...]


class StepOutcome(StrEnum):
    """How a step ended, as the trace shows it."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one step. `asks_provider`: the provider must be asked; `mark`: stored with an approval."""

    outcome: StepOutcome
    sentence: str
    link: str = ""
    values: Values = ()
    took_ms: int = 0
    asks_provider: bool = False
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceLine:
    """One step of a stored decision. `ms` is time spent waiting for another party; rules themselves take none."""

    step: str
    outcome: StepOutcome
    sentence: str
    link: str = ""
    values: Values = ()
    ms: int = 0

    def as_json(self) -> dict[str, object]:
        """Returns the line as in `Decision.trace` and `decide --json`."""
        return {
            "step": self.step,
            "outcome": self.outcome.value,
            "sentence": self.sentence,
            "link": self.link,
            "ms": self.ms,
            "values": dict(self.values),
        }


def passed(sentence: str, *, link: str = "", mark: str = "", took_ms: int = 0, **values: Value) -> Finding:
    return Finding(
        outcome=StepOutcome.PASSED,
        sentence=sentence,
        link=link,
        mark=mark,
        took_ms=took_ms,
        values=tuple(values.items()),
    )


def failed(sentence: str, *, link: str = "", took_ms: int = 0, **values: Value) -> Finding:
    return Finding(
        outcome=StepOutcome.FAILED, sentence=sentence, link=link, took_ms=took_ms, values=tuple(values.items())
    )


def skipped(sentence: str, *, link: str = "", **values: Value) -> Finding:
    """Returns a finding for a step that does not apply to this question, or is not set up."""
    return Finding(outcome=StepOutcome.SKIPPED, sentence=sentence, link=link, values=tuple(values.items()))


def asks_provider(sentence: str, *, link: str = "", **values: Value) -> Finding:
    """Returns a finding that stays open until the mobility provider has answered."""
    return Finding(
        outcome=StepOutcome.SKIPPED, sentence=sentence, link=link, values=tuple(values.items()), asks_provider=True
    )
