"""Answers about a charger's lights and beeps: stored as evidence, and applied to the causes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from authorization import audit
from chargers.models import Charger
from chargers.settings import catalogue
from support.diagnosis import signs
from support.diagnosis.causes import Certainty, ChargeFacts, Finding
from support.diagnosis.signs import Answer, Question, Sign, SignError, SignReply
from support.models import SignAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedCauses:
    """The causes after taking the answer into account. `asks`: what to ask now; `answer`: the one that counts."""

    findings: tuple[Finding, ...]
    asks: Question | None = None
    answered: Question | None = None
    answer: Answer | None = None


def load_documented_signs(charger: Charger) -> tuple[Sign, ...]:
    """Returns the signs of the charger's model, as agents have entered them; none for an unknown model. One query."""
    entry = catalogue.model_of(charger)
    try:
        return signs.parse(entry.signs) if entry else ()
    except SignError:  # it names a cause that this release does not know
        return ()


def apply_to_causes(charger: Charger, facts: ChargeFacts, causes: Sequence[Finding]) -> WeighedCauses:
    """Applies the newest answer to the causes, or chooses the question to ask.

    Two queries if two causes are open, else none.
    """
    basis = signs.basis(facts)
    if len(causes) != 2 or causes[0].certainty is Certainty.CERTAIN or not basis:
        return WeighedCauses(findings=tuple(causes))
    documented_signs, stored_answers = load_documented_signs(charger), _load_answers(charger, basis)
    last = stored_answers[-1] if stored_answers else None
    answered_question = next(
        (
            question
            for question in signs.find_questions(causes, documented_signs)
            if last and question.code == last.code
        ),
        None,
    )
    if last is None or answered_question is None:
        return WeighedCauses(findings=tuple(causes), asks=signs.question(causes, documented_signs, stored_answers))
    return WeighedCauses(
        findings=tuple(signs.apply_answer(causes, answered_question, last)), answered=answered_question, answer=last
    )


def newest(charger: Charger) -> int:
    """Returns the key of the newest answer at the charger; 0 if there is none. One query."""
    rows = SignAnswer.objects.filter(charger=charger).order_by("-pk")
    return rows.values_list("pk", flat=True).first() or 0


def keep(row: SignAnswer, *, now: datetime) -> None:
    """Adds an answer; earlier ones are retained, and the newest counts."""
    row.answered_at = now
    row.save(force_insert=True)


def _load_answers(charger: Charger, basis: str) -> list[Answer]:
    """Returns all answers about one state of the charger, newest last."""
    rows = SignAnswer.objects.filter(charger=charger, basis=basis).order_by("pk")
    return [
        Answer(answer.question, SignReply(answer.answer), answer.answered_at, audit.name(answer.by)) for answer in rows
    ]
