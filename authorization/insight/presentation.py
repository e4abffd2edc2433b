"""Prepares reasons and traces for pages."""

from dataclasses import dataclass
from datetime import UTC, datetime

from authorization.decide import engine, reasons
from authorization.decide.reasons import Audience, Reason, links
from authorization.insight import divergence, remedies
from authorization.models import Decision, Opinion
from chargers.models import Charger, ChargerModel
from chargers.settings import catalogue

_GATES = frozenset(step.key for step in engine.CHAIN if step.kind is not engine.StepKind.GRANT) | {
    "leader",
    "contract_certificate",
}


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do, with the page where it is done (empty if no page does it)."""

    text: str
    url: str


def next_steps(reason: Reason, audience: str, charger: Charger, uid: str) -> list[NextStep]:
    """Returns the catalogue's advice with links for this charger and card."""
    values = {
        "charger_id": charger.charger_id,
        "station_id": charger.station_id,
        "property": charger.property.slug,
        "uid": uid,
    }
    steps = remedies.steps(reason, Audience(audience), uid=uid)
    return [NextStep(step.text, links.fill(step.link, values) if step.link else "") for step in steps]


def whitelisting_helps(reason: Reason, uid: str) -> bool:
    """Whether to offer adding the card to a local group."""
    return remedies.whitelisting_helps(reason, uid=uid)


def done_since(decision: Decision) -> str:
    """Returns what would let the refused card in today; empty while the refusal stands. At most three queries."""
    return remedies.done_since(decision, now=datetime.now(tz=UTC))


def model_of(charger: Charger) -> ChargerModel | None:
    """Returns what is known of the charger's model. One query."""
    return catalogue.model_of(charger)


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One step as a page shows it; `mark` is passed, failed, refused (a gate that closed) or skipped."""

    mark: str
    sentence: str
    link: str


@dataclass(frozen=True, slots=True)
class ShownTrace:
    """The steps that were reached, and the number that were not."""

    lines: list[ShownStep]
    unreached: int


def story(trace: list[dict[str, str]]) -> ShownTrace:
    """Returns a stored trace for display: a grant that did not apply is not an error, a failed gate is."""
    reached = list(trace)
    while reached and reached[-1]["outcome"] == "skipped":
        reached.pop()
    lines = [ShownStep(_mark(line), line["sentence"], line.get("link") or "") for line in reached]
    return ShownTrace(lines, len(trace) - len(reached))


def _mark(line: dict[str, str]) -> str:
    return "refused" if line["outcome"] == "failed" and line["step"] in _GATES else line["outcome"]


@dataclass(frozen=True, slots=True)
class ShownOpinion:
    """The verdict of another back office, or of our own rules, on a tap that was decided elsewhere."""

    label: str
    sentence: str
    accepted: bool
    reason: Reason | None


def other_opinions(decision: Decision) -> list[ShownOpinion]:
    """Returns all verdicts except that of the back office that decided. One query."""
    return [
        _build_shown_opinion(opinion) for opinion in divergence.opinions_by_decision([decision.pk]).get(decision.pk, [])
    ]


def _build_shown_opinion(opinion: Opinion) -> ShownOpinion:
    label = "We" if opinion.voice == Opinion.Voice.US else opinion.name
    would = "would have said" if opinion.voice != Opinion.Voice.LEADER else "said, too late to count:"
    reason = reasons.get(opinion.reason) if opinion.reason else None
    return ShownOpinion(label, f"{would} {opinion.status}.", opinion.accepted, reason)


def reason_title(code: str) -> str:
    """Returns a stored reason's title, or the code itself if the catalogue no longer has it."""
    reason = reasons.CATALOGUE.get(code)
    return str(reason.title) if reason else code


def is_vehicle(uid: str) -> bool:
    """Whether the id is a vehicle's own, which is let in under Autocharge and never as a card."""
    return remedies.is_vehicle(uid)


def decider(name: str) -> str:
    """Returns who decided, as hosts call it."""
    return "us (no other back office leads here)" if name in {"", "us"} else f"{name}, the Leader here"
