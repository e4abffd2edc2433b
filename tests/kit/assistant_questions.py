"""Runs the assistant on the questions of tests/assistant_questions: its findings, and complete conversations.

`make evaluate` prints the figures. held_out.tsv was written before the phrases and is not used for tuning.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from support.assistant import dialogue, symptoms
from support.assistant.dialogue import ButtonPress, Findings, GivenDetails, Stage, State, Utterance
from support.topics import catalogue
from support.topics.details import Detail
from support.topics.topic import Asker

FILES = Path(__file__).resolve().parents[1] / "assistant_questions"
KNOWN = {
    "from nowhere": frozenset(),
    "at a charger": frozenset({Detail.PROPERTY, Detail.CHARGER_ID}),
    "of a session": frozenset(
        {Detail.PROPERTY, Detail.CHARGER_ID, Detail.ATTEMPTED_AT, Detail.AMOUNT, Detail.LAST4, Detail.ACCOUNT_EMAIL}
    ),
}
"""What is known, by where the person comes from."""


@dataclass(frozen=True)
class Question:
    """A sentence with its topic; `topic` 0: off topic."""

    text: str
    language: str
    topic: int

    @property
    def asker(self) -> Asker:
        """Topics that only hosts have are asked in the portal."""
        topic = catalogue.TOPICS.get(self.topic)
        return Asker.HOST if topic and Asker.GUEST not in topic.askers else Asker.GUEST


@dataclass(frozen=True)
class Played:
    """A conversation played to its end: the topic, the details asked for, whether it was handed over."""

    topic: int
    asked: tuple[Detail, ...]
    is_handed_over: bool


@dataclass(frozen=True)
class Scores:
    """Shares of questions, and counts."""

    questions: int
    recall_1: float
    recall_3: float
    right_handover: float
    off_topic: int
    answered_off_topic: int
    asked_known: int


def read(name: str) -> list[Question]:
    rows = (line.split("\t") for line in (FILES / f"{name}.tsv").read_text(encoding="utf-8").splitlines())
    return [Question(text, language, 0 if topic == "-" else int(topic)) for topic, language, text in rows]


def play(question: Question, known: frozenset[Detail]) -> Played:
    """Plays a conversation: no step helps, each detail asked for is given, and the right topic is chosen if offered."""
    state, event, asked, given = State(), Utterance(question.text), [], set[Detail]()
    for _ in range(30):
        state = dialogue.resolve_topic(state, event, asker=question.asker)
        topic = catalogue.TOPICS.get(state.topic)
        findings = Findings(
            statements=("Seen.",),
            steps=topic.steps if topic else (),
            known_details=frozenset(known | given),
            needs=(Detail.CHARGER_ID,) if state.topic in {1, 2, 3, 9} else (),
            has_address=bool(known),
        )
        state = dialogue.next_turn(state, event, findings, asker=question.asker).state
        match state.stage:
            case Stage.HANDED_OVER:
                return Played(state.topic, tuple(asked), is_handed_over=True)
            case Stage.CHOICE:
                event = dialogue.ChosenTopic(question.topic) if question.topic in state.offered else ButtonPress.PERSON
            case Stage.DETAIL:
                asked.extend(state.asked)
                given.update(state.asked)
                event = GivenDetails(dict.fromkeys(state.asked, "x"))
            case Stage.ADDRESS:
                event = GivenDetails(address="kim@example.com")
            case _:
                event = ButtonPress.NO
    return Played(state.topic, tuple(asked), is_handed_over=False)


def score(questions: list[Question]) -> Scores:
    on_topic = [one for one in questions if one.topic]
    off_topic = [one for one in questions if not one.topic]
    found = {one: symptoms.read(one.text).topics[:3] for one in on_topic}
    return Scores(
        questions=len(questions),
        recall_1=_share(found[one][:1] == (one.topic,) for one in on_topic),
        recall_3=_share(one.topic in found[one] for one in on_topic),
        right_handover=_share(_is_right(one, play(one, known)) for one in on_topic for known in KNOWN.values()),
        off_topic=len(off_topic),
        answered_off_topic=sum(_is_answered(one) for one in off_topic),
        asked_known=sum(
            detail in known for one in questions for known in KNOWN.values() for detail in play(one, known).asked
        ),
    )


def _is_right(question: Question, played: Played) -> bool:
    """Whether it was handed over with the right topic, and asked for each detail at most once."""
    is_once = len(set(played.asked)) == len(played.asked)
    return played.is_handed_over and played.topic == question.topic and is_once


def _is_answered(question: Question) -> bool:
    return dialogue.resolve_topic(State(), Utterance(question.text), asker=Asker.GUEST).topic != 0


def _share(hits: Iterator[bool]) -> float:
    every = list(hits)
    return sum(every) / len(every)


def main() -> None:
    for name in ("development", "held_out"):
        one = score(read(name))
        print(
            f"{name}: {one.questions} questions, recall@1 {one.recall_1:.2f}, recall@3 {one.recall_3:.2f}, right "
            f"hand-over {one.right_handover:.2f}, answered although off-topic {one.answered_off_topic} of "
            f"{one.off_topic}, asked although known {one.asked_known}"
        )


if __name__ == "__main__":
    main()
