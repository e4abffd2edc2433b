"""A charger's lights and beeps: the question about them that decides between two causes, and the effect of an answer.

Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from support.diagnosis.causes import Cause, Certainty, ChargeFacts, Clue, Evidence, Finding

LIMIT: Final = 40
"""The most signs per model."""
ANY_LIGHT: Final = "any_light"
"""A question that suits every model: without power, no light is on."""


class Kind(StrEnum):
    """What a person at the charger can notice."""

    LIGHT = "light"
    BEEP = "beep"


COLOURS: Final = ("red", "green", "blue", "yellow", "orange", "white", "purple")
PATTERNS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.LIGHT: ("steady", "blinking"),
    Kind.BEEP: ("once", "repeated", "continuous"),
}


class SignReply(StrEnum):
    """An answer. `UNKNOWN`: the person cannot see it."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class SignError(Exception):
    """A documented sign is invalid; the message names its row."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A light or beep, and the cause that the manufacturer documents for it. `colour` is empty for a beep."""

    kind: Kind
    colour: str
    pattern: str
    means: Cause

    @property
    def code(self) -> str:
        """The sign's code, which does not depend on its meaning."""
        return ":".join((self.kind.value, self.colour, self.pattern))


@dataclass(frozen=True, slots=True)
class Question:
    """What to look or listen for. Yes supports one of the two open causes, no the other."""

    code: str
    yes: Cause
    no: Cause
    sign: Sign | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person saw or heard. `by`: their name, for staff; empty for a guest."""

    code: str
    seen: SignReply
    at: datetime
    by: str = ""


def parse(rows: object) -> tuple[Sign, ...]:
    """Reads the documented signs of a model from JSON. Raises SignError with a sentence that names the row."""
    if not isinstance(rows, list):
        raise SignError("Signs: give a list of objects.")
    if len(rows) > LIMIT:
        raise SignError(f"Signs: at most {LIMIT}, and these are {len(rows)}.")
    signs: list[Sign] = []
    for number, row in enumerate(rows, start=1):
        sign = _parse_sign(row, f"Row {number}")
        if sign in signs:
            raise SignError(f"Row {number}: it is the same as row {signs.index(sign) + 1}.")
        signs.append(sign)
    return tuple(signs)


def _parse_sign(row: object, location: str) -> Sign:
    if not isinstance(row, dict):
        raise SignError(f"{location}: give an object with sign, pattern and means.")
    if unknown := sorted(set(map(str, row)) - {"sign", "colour", "pattern", "means"}):
        raise SignError(f"{location}: “{unknown[0]}” is not known; use sign, colour, pattern and means.")
    kind = Kind(_parse_choice(row, "sign", tuple(Kind), location))
    if kind is Kind.BEEP and row.get("colour"):
        raise SignError(f"{location}: a beep has no colour.")
    return Sign(
        kind=kind,
        colour=_parse_choice(row, "colour", COLOURS, location) if kind is Kind.LIGHT else "",
        pattern=_parse_choice(row, "pattern", PATTERNS[kind], location),
        means=Cause(_parse_choice(row, "means", tuple(Cause), location)),
    )


def _parse_choice(row: Mapping[str, Any], key: str, allowed: Sequence[str], location: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or value not in allowed:
        problem = f"“{value}” is none of" if value not in (None, "") else "give one of"
        raise SignError(f"{location}, {key}: {problem} {', '.join(allowed)}.")
    return str(value)


def basis(facts: ChargeFacts) -> str:
    """Returns a name for the state that an answer is about; empty if no question is asked.

    Answers about other states do not count. For an offline charger: this loss of connection, until it reconnects.
    Otherwise the running transaction and the present status of its outlet.
    """
    if not facts.is_online:
        return f"offline {facts.offline_since.isoformat()}" if facts.offline_since else ""
    if facts.started_at is None or facts.stopped_at is not None or facts.is_never_stopped:
        return ""
    last = facts.status
    since = _current_status_start(facts) if last is not None else facts.started_at
    return f"{facts.started_at.isoformat()} {last.status if last else ''} {since.isoformat()}"


def _current_status_start(facts: ChargeFacts) -> datetime:
    """Returns since when the present status is reported; chargers repeat it."""
    since = facts.statuses[-1].at
    for status in reversed(facts.statuses):
        if status.status != facts.statuses[-1].status:
            break
        since = status.at
    return since


def question(findings: Sequence[Finding], documented: Sequence[Sign], answers: Sequence[Answer]) -> Question | None:
    """Returns the question whose answer changes which cause is first; None if one was answered, or none decides.

    `findings` are without answers applied; `answers` are about the present state.
    """
    if answers:
        return None
    for question in find_questions(findings, documented):
        firsts = {
            _apply_observation(findings, question, observation, Evidence(Clue.LIGHT_ON))[0].cause
            for observation in (SignReply.YES, SignReply.NO)
        }
        if len(firsts) == 2:
            return question
    return None


def apply_answer(findings: Sequence[Finding], sign_question: Question, answer: Answer) -> list[Finding]:
    """Returns the two causes after applying an answer, the likelier first."""
    if answer.seen is SignReply.UNKNOWN:
        return list(findings)
    return _apply_observation(findings, sign_question, answer.seen, _evidence(sign_question, answer))


def find_questions(findings: Sequence[Finding], documented: Sequence[Sign]) -> Iterator[Question]:
    """Yields questions that decide between the two open causes.

    With more causes, or a certain one, no answer would decide.
    """
    if len(findings) != 2 or findings[0].certainty is Certainty.CERTAIN:
        return
    open_causes = [finding.cause for finding in findings]
    if set(open_causes) == {Cause.NETWORK, Cause.POWER_LOST}:
        yield Question(ANY_LIGHT, yes=Cause.NETWORK, no=Cause.POWER_LOST)
    for sign in documented:
        meanings = {sign.means for sign in documented if sign.code == sign.code}
        matching = [cause for cause in open_causes if cause in meanings]
        if len(matching) == 1:
            other = next(cause for cause in open_causes if cause is not matching[0])
            yield Question(sign.code, yes=matching[0], no=other, sign=replace(sign, means=matching[0]))


def _apply_observation(
    findings: Sequence[Finding], sign_question: Question, observation: SignReply, evidence: Evidence
) -> list[Finding]:
    """Applies the answer: evidence for one of two causes is evidence against the other.

    A light that is on rules out lost power.
    """
    favoured = sign_question.yes if observation is SignReply.YES else sign_question.no
    first = next(finding for finding in findings if finding.cause is favoured)
    other_findings = [finding for finding in findings if finding.cause is not favoured]
    raised = replace(first, certainty=max(first.certainty, Certainty.LIKELY), evidence=(*first.evidence, evidence))
    if sign_question.code == ANY_LIGHT and observation is SignReply.YES:
        return [raised]
    return [raised, *(replace(finding, certainty=Certainty.POSSIBLE) for finding in other_findings)]


def _evidence(sign_question: Question, answer: Answer) -> Evidence:
    values: dict[str, Any] = {"at": answer.at, "by": answer.by}
    if sign_question.sign is None:
        return Evidence(Clue.LIGHT_ON if answer.seen is SignReply.YES else Clue.NO_LIGHT, values)
    clue = _CLUES[sign_question.sign.kind, answer.seen]
    return Evidence(clue, {**values, "sign": sign_question.sign})


_CLUES: Final = {
    (Kind.LIGHT, SignReply.YES): Clue.SIGN_SEEN,
    (Kind.LIGHT, SignReply.NO): Clue.SIGN_NOT_SEEN,
    (Kind.BEEP, SignReply.YES): Clue.BEEP_HEARD,
    (Kind.BEEP, SignReply.NO): Clue.BEEP_NOT_HEARD,
}
