"""The dialogue: computes the next turn from the person's turn and what was looked up. Pure.

Texts are translated where they are stored. What can be looked up comes first; then one step after the other, looked up
again after each; then one missing detail after the other; then a ticket. What is known is never asked.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from chargers.lib.i18n import mark
from support.assistant import aspects, symptoms
from support.assistant.aspects import Aspect
from support.topics import catalogue, danger_words
from support.topics.details import FIELDS, Detail
from support.topics.topic import Asker, Requirement


class Stage(StrEnum):
    """What the person is asked now."""

    WORDS = "words"
    CHOICE = "choice"
    SIGN = "sign"
    STEP = "step"
    ANSWER = "answer"
    WRONG = "wrong"
    DETAIL = "detail"
    ADDRESS = "address"
    SOLVED = "solved"
    HANDED_OVER = "handed_over"


class ButtonPress(StrEnum):
    """Buttons without content."""

    TRIED = "tried"
    YES = "yes"
    NO = "no"
    UNSEEN = "unseen"
    SKIP = "skip"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Utterance:
    """A text that the person wrote. `chosen`: the topic that an optional language model chose for it; 0: none.

    `noted`: the details found in it, as shown to the person; empty: none.
    """

    text: str
    chosen: int = 0
    noted: str = ""


@dataclass(frozen=True, slots=True)
class ChosenTopic:
    """A chosen topic, by number. `noted`: as in `Utterance`."""

    topic: int
    noted: str = ""


@dataclass(frozen=True, slots=True)
class GivenDetails:
    """Details that were read and checked. An empty address: the person has none."""

    details: Mapping[Detail, str] = field(default_factory=dict)
    address: str = ""


Event = Utterance | ChosenTopic | GivenDetails | ButtonPress
SIGN_ANSWERS: Final = (ButtonPress.YES, ButtonPress.NO, ButtonPress.UNSEEN)


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of the assistant, marked for translation, with the values of its placeholders."""

    text: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was looked up for a topic, in the person's language. `needs`: details that would let us look up more.

    `is_in_trouble`: whether the charger cannot be used now; None if unknown or not the question. `is_answer`: the
    statements alone answer the question. `recovered`: the text for when the trouble is over, if it is not the charger
    that came back. `sign`: the code of the question about lights or beeps that decides between two causes, and
    `sign_question` its text; empty: none.
    """

    statements: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    is_in_trouble: bool | None = None
    is_answer: bool = False
    recovered: str = ""
    known_details: frozenset[Detail] = frozenset()
    needs: tuple[Detail, ...] = ()
    has_address: bool = False
    sign: str = ""
    sign_question: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The state of the dialogue. `asked`: the details of the requirement that is asked for now.

    `sign`: the question about the charger's lights or beeps that was asked; a conversation has at most one.
    """

    stage: Stage = Stage.WORDS
    topic: int = 0
    offered: tuple[int, ...] = ()
    asked: tuple[Detail, ...] = ()
    skipped: tuple[Detail, ...] = ()
    tried: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()
    unclear: int = 0
    was_in_trouble: bool = False
    wants_person: bool = False
    is_collecting: bool = False
    was_asked_address: bool = False
    aspect: Aspect = Aspect.NONE
    sign: str = ""
    was_asked_wrong: bool = False
    """Whether a person whom the answer did not help was asked what is wrong; at most once per conversation."""
    is_danger: bool = False
    """Smoke, fire or a shock was mentioned: the conversation is handed over at once."""
    is_hurried: bool = False
    """An agent was asked for again while details were being asked for: no more details are asked for."""

    def stored(self) -> dict[str, Any]:
        """Returns the state as JSON."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in _fields(self).items()}


@dataclass(frozen=True, slots=True)
class Turn:
    """The assistant's reply, and the dialogue's new state."""

    state: State
    lines: tuple[Line, ...]


CAN_HELP: Final = mark(
    "We help with charging: chargers that do not work, access, sessions, bills and accounts. "
    "With anything else we cannot help here."
)
KEEP_AWAY: Final = mark("Do not touch the charger, the cable or the car, and keep away from them.")
CALL_HELP: Final = mark(
    "If there is fire or smoke, or somebody is hurt, call the emergency services now: 112 in Europe, 911 in the United "
    "States."
)
UNCLEAR: Final = mark("That was not clear enough to look it up.")
WHICH: Final = mark("Which of these do you mean?")
TO_PERSON: Final = mark("A person can read it, too: press “Write to a person”.")
TRY: Final = mark("Please try this:")
THEN_TRY: Final = mark("Then try this:")
LOOKED_AGAIN: Final = mark("We have looked again. This is new:")
IS_BACK: Final = mark("We have looked again: the charger can be used now.")
NO_CHANGE: Final = mark("We have looked again: nothing has changed so far.")
DOES_IT_WORK: Final = mark("Does it work now?")
IS_ANSWERED: Final = mark("Does that answer your question?")
WHAT_IS_WRONG: Final = mark(
    "What is not right about it? Write it in a sentence: we look again, or pass it on with that."
)
GLAD: Final = mark("Good. If the trouble returns, write to us here.")
STILL_SEEN: Final = mark("We still see this, though:")
TO_LOOK_UP: Final = mark("To look it up we need one thing.")
MISSING: Final = mark("A person will look at it. Before that we ask for what is missing, one thing at a time.")
WHICH_ADDRESS: Final = mark("To which e-mail address shall we answer?")
RECEIPT_SENT: Final = mark("We are sending the receipt again, to the e-mail address of your session.")
HANDED_OVER: Final = mark("We have passed it on, with all that stands here. A person will look at it.")
ANSWER_ON_PAGE: Final = mark("The answer appears on the page of your request: keep its address, which stands below.")
ADD_LATER: Final = mark("What was missing, or a photo of the label, you can add on the page of your request.")
NOTED: Final = mark("We have noted: %(details)s.")
REMARKED: Final = mark("We keep that for the person who may read this later.")
TAKEN_BACK: Final = mark("It is on its way back to you. The receipt says how far it is.")
NOT_TAKEN_BACK: Final = mark("There is nothing to take back any more. The receipt says what was given back.")
STOP_ORDERED: Final = mark("We have asked the charger to stop. Wait half a minute, then look again.")
NOTHING_TO_STOP: Final = mark("Nothing is charging in this session any more.")
RELEASED: Final = mark("The session is cancelled, and what was held on your card is released.")
NOTHING_TO_CANCEL: Final = mark("This session cannot be cancelled any more.")
_SWITCHES: Final = 0.45
"""How well other words must match to change the topic during a conversation."""


def parse_state(data: Mapping[str, Any]) -> State:
    """Reads a stored state."""
    if not data:
        return State()
    return State(
        stage=Stage(data["stage"]),
        topic=int(data["topic"]),
        offered=tuple(int(number) for number in data["offered"]),
        asked=tuple(Detail(detail) for detail in data["asked"]),
        skipped=tuple(Detail(detail) for detail in data["skipped"]),
        tried=tuple(data["tried"]),
        stated=tuple(data["stated"]),
        unclear=int(data["unclear"]),
        was_in_trouble=bool(data["was_in_trouble"]),
        wants_person=bool(data["wants_person"]),
        is_collecting=bool(data["is_collecting"]),
        was_asked_address=bool(data["was_asked_address"]),
        aspect=Aspect(data.get("aspect", "")),
        sign=str(data.get("sign", "")),
        was_asked_wrong=bool(data.get("was_asked_wrong")),
        is_hurried=bool(data.get("is_hurried")),
        is_danger=bool(data.get("is_danger")),
    )


def resolve_topic(state: State, event: Event, *, asker: Asker) -> State:
    """Returns the state with the topic that the event means, so that it can be looked up; 0 if none is clear."""
    allowed = [topic.number for topic in catalogue.for_asker(asker)]
    if state.stage is Stage.SOLVED:
        state = State()
    match event:
        case ChosenTopic(topic=number) if number in allowed:
            return State(topic=number)
        case Utterance(text=text) if danger_words.are_named(text):
            return replace(
                state, is_danger=True, wants_person=True, is_collecting=True, is_hurried=True, was_asked_address=True
            )
        case Utterance(text=text) if state.topic:
            return _update_from_words(state, text, allowed=allowed)
        case Utterance(text=text, chosen=chosen):
            reading = symptoms.read(text, allowed=allowed)
            if (of_host := _find_host_topic(text, allowed=allowed)) is not None:
                return State(topic=of_host, aspect=aspects.detect(text, topic=of_host), unclear=state.unclear)
            if reading.meaning == symptoms.PERSON:
                return _request_agent(state)
            if reading.is_sure and reading.meaning.isdecimal():
                number = int(reading.meaning)
                return State(topic=number, aspect=aspects.detect(text, topic=number), unclear=state.unclear)
            if chosen in allowed:
                return State(topic=chosen, unclear=state.unclear)
            is_other = reading.meaning in {"", symptoms.OTHER}
            return replace(state, offered=() if is_other else reading.topics[:3], unclear=state.unclear + 1)
        case ButtonPress.PERSON:
            return _request_agent(state)
        case ButtonPress.SKIP:
            return replace(state, skipped=(*state.skipped, *state.asked))
        case _:
            return state


def _find_host_topic(text: str, *, allowed: Collection[int]) -> int | None:
    """Returns the topic of a host's question on a guest's page, if the text shows that a host wrote it."""
    other_topics = [number for number in catalogue.TOPICS if number not in allowed]
    if catalogue.PAYOUTS not in other_topics or not aspects.is_of_host(text):
        return None
    reading = symptoms.read(text)
    is_meant = reading.is_sure and reading.meaning.isdecimal() and int(reading.meaning) in other_topics
    return int(reading.meaning) if is_meant else None


def _request_agent(state: State) -> State:
    """Asks for an agent. If details are being asked for, this is the second time, so no more are asked for."""
    return replace(state, wants_person=True, is_hurried=state.is_collecting)


def _update_from_words(state: State, text: str, *, allowed: Collection[int]) -> State:
    """Handles words during a conversation: a request for an agent, or clearly another topic."""
    reading = symptoms.read(text, allowed=allowed)
    if reading.is_sure and reading.meaning == symptoms.PERSON:
        return _request_agent(state)
    is_clear = reading.is_sure and reading.confidence >= _SWITCHES and reading.meaning.isdecimal()
    if is_clear and int(reading.meaning) != state.topic and not state.is_collecting:
        number = int(reading.meaning)
        was_asked = state.was_asked_wrong
        return State(topic=number, aspect=aspects.detect(text, topic=number), was_asked_wrong=was_asked)
    return replace(state, aspect=aspects.detect(text, topic=state.topic) or state.aspect)


def next_turn(state: State, event: Event, findings: Findings, *, asker: Asker) -> Turn:
    """Returns the next turn. `state` has been through `understood`; `findings` are about its topic."""
    note_lines = (
        (Line(NOTED, {"details": event.noted}),) if isinstance(event, Utterance | ChosenTopic) and event.noted else ()
    )
    if state.is_danger:
        return _collect_missing(state, findings, lead=(Line(KEEP_AWAY), Line(CALL_HELP), *note_lines))
    if state.wants_person and isinstance(event, Utterance) and state.is_collecting:
        return _remarked_while_collecting(state, findings, lead=note_lines)
    if state.wants_person:
        return _collect_missing(state, findings, lead=note_lines)
    if not state.topic:
        return _ask_for_topic(state, asker=asker)
    if state.stage is Stage.SIGN and event in SIGN_ANSWERS:
        return _handle_sign(state, findings)
    match event:
        case ChosenTopic() | Utterance() if not state.stated and not state.tried and not state.asked:
            return _begin_topic(state, findings, lead=note_lines)
        case Utterance():
            return _handle_remark(state, findings, lead=note_lines)
        case GivenDetails() | ButtonPress.SKIP:
            return _handle_detail(state, findings, lead=())
        case ButtonPress.TRIED:
            return _handle_step_result(state, findings)
        case ButtonPress.YES:
            return _close_as_solved(state, findings)
        case ButtonPress.NO if state.stage is Stage.ANSWER:
            return _ask_what_is_wrong(state, findings)
        case _:
            return _next(replace(state, asked=()), findings, lead=())


def missing(state: State, findings: Findings) -> list[Requirement]:
    """Returns the details that a ticket of the topic still needs."""
    topic = catalogue.TOPICS.get(state.topic)
    return (
        catalogue.missing_requirements(topic, known_details={*findings.known_details, *state.skipped}) if topic else []
    )


def _ask_for_topic(state: State, *, asker: Asker) -> Turn:
    """Asks again what is meant; after that, offers an agent."""
    every = tuple(topic.number for topic in catalogue.for_asker(asker))
    lead = [Line(UNCLEAR)] if state.offered else [Line(CAN_HELP)]
    if state.unclear > 1:
        lead.append(Line(TO_PERSON))
    choosing = replace(state, stage=Stage.CHOICE, offered=state.offered or every)
    return Turn(choosing, (*lead, Line(WHICH)))


def _handle_remark(state: State, findings: Findings, *, lead: tuple[Line, ...]) -> Turn:
    """Handles words where a step or a yes or no was expected. They are stored.

    At a step, it stays the current one. Instead of yes or no, they mean "not yet", unless there is an answer to them
    that was not given so far.
    """
    advanced, statement_lines = _add_new_statements(state, findings)
    if state.stage in {Stage.ANSWER, Stage.WRONG} and findings.is_answer and statement_lines:
        advanced = replace(advanced, stage=Stage.ANSWER)
        return Turn(advanced, (*lead, *statement_lines, Line(IS_ANSWERED)))
    if state.stage is Stage.STEP and state.tried:
        return Turn(state, (*lead, Line(REMARKED), Line(TRY), Line(state.tried[-1])))
    if state.stage is Stage.DETAIL:
        return _handle_detail(state, findings, lead=lead or (Line(REMARKED),))
    return _next(replace(state, asked=()), findings, lead=lead)


def _remarked_while_collecting(state: State, findings: Findings, *, lead: tuple[Line, ...]) -> Turn:
    """Repeats the question, unless the words answer it."""
    if state.is_hurried:
        return _collect_missing(state, findings, lead=lead)
    was_asked = state.was_asked_address and state.stage is not Stage.ADDRESS
    return _collect_missing(replace(state, was_asked_address=was_asked), findings, lead=lead or (Line(REMARKED),))


def _begin_topic(state: State, findings: Findings, *, lead: tuple[Line, ...]) -> Turn:
    """States what was found; then asks for missing details, or whether this is the answer, or for the first step."""
    state, statement_lines = _add_new_statements(replace(state, was_in_trouble=bool(findings.is_in_trouble)), findings)
    lines = (*lead, *statement_lines)
    if needed := _find_needed_detail(state, findings):
        return _ask_for_details(state, needed, (*lines, Line(TO_LOOK_UP)))
    if findings.is_answer:
        return Turn(replace(state, stage=Stage.ANSWER), (*lines, Line(IS_ANSWERED)))
    return _next(state, findings, lead=lines)


def _ask_for_details(state: State, requested_details: tuple[Detail, ...], lead: Sequence[Line]) -> Turn:
    """Asks for details as part of the conversation, so that each answer stands below its question."""
    questions = [Line(FIELDS[detail].label) for detail in requested_details]
    return Turn(replace(state, stage=Stage.DETAIL, asked=requested_details), (*lead, *questions))


def _handle_detail(state: State, findings: Findings, *, lead: tuple[Line, ...]) -> Turn:
    """States what the detail reveals, then asks for what is needed next."""
    state, statement_lines = _add_new_statements(replace(state, asked=()), findings)
    lines = (*lead, *statement_lines)
    state = replace(state, was_in_trouble=state.was_in_trouble or bool(findings.is_in_trouble))
    if state.wants_person:
        return _collect_missing(state, findings, lead=lines)
    if needed := _find_needed_detail(state, findings):
        return _ask_for_details(state, needed, lines)
    if statement_lines and findings.is_answer:
        return Turn(replace(state, stage=Stage.ANSWER), (*lines, Line(IS_ANSWERED)))
    return _next(state, findings, lead=lines)


def _handle_sign(state: State, findings: Findings) -> Turn:
    """States what the answer reveals, and continues with the step that follows from it."""
    advanced, lines = _add_new_statements(state, findings)
    return _next(advanced, findings, lead=lines)


def _handle_step_result(state: State, findings: Findings) -> Turn:
    """Looks again whether the charger came back."""
    if state.was_in_trouble and findings.is_in_trouble is False:
        advanced = replace(state, stage=Stage.ANSWER, was_in_trouble=False)
        return Turn(advanced, (Line(findings.recovered or IS_BACK), Line(DOES_IT_WORK)))
    if findings.is_in_trouble is None:
        return _next(state, findings, lead=())
    advanced, lines = _add_new_statements(state, findings)
    return _next(advanced, findings, lead=(Line(LOOKED_AGAIN), *lines) if lines else (Line(NO_CHANGE),))


def _close_as_solved(state: State, findings: Findings) -> Turn:
    """Ends with what the person reports, and shows what we still see."""
    trouble_lines: tuple[Line, ...] = ()
    if findings.is_in_trouble and findings.statements:
        trouble_lines = (Line(STILL_SEEN), Line(findings.statements[0]))
    return Turn(replace(state, stage=Stage.SOLVED, asked=()), (Line(GLAD), *trouble_lines))


def _ask_what_is_wrong(state: State, findings: Findings) -> Turn:
    """Asks once what is wrong, before an agent has to find out."""
    turn = _next(replace(state, asked=()), findings, lead=())
    if not turn.state.is_collecting or state.was_asked_wrong:
        return turn
    asking = replace(state, stage=Stage.WRONG, was_asked_wrong=True)
    return Turn(asking, (Line(WHAT_IS_WRONG),))


def _next(state: State, findings: Findings, *, lead: Sequence[Line]) -> Turn:
    """Asks the deciding question about signs, or suggests the next untried step; after the last, asks for details."""
    if findings.sign and not state.sign and not state.wants_person:
        asking = replace(state, stage=Stage.SIGN, sign=findings.sign)
        return Turn(asking, (*lead, Line(findings.sign_question)))
    step = next((step for step in findings.steps if step not in state.tried), None)
    if step is None or state.wants_person:
        return _collect_missing(state, findings, lead=lead)
    asking = replace(state, stage=Stage.STEP, tried=(*state.tried, step))
    return Turn(asking, (*lead, Line(THEN_TRY if state.tried else TRY), Line(step)))


def _collect_missing(state: State, findings: Findings, *, lead: Sequence[Line]) -> Turn:
    """Asks for one missing detail, then the address, last a file for the ticket; then hands over."""
    missing_requirements = [] if state.is_hurried else missing(state, findings)
    text_requirements = [requirement for requirement in missing_requirements if not _is_file(requirement)]
    asks_address = not findings.has_address and not state.was_asked_address
    begins = (Line(MISSING),) if not state.is_collecting and (missing_requirements or asks_address) else ()
    state = replace(state, wants_person=True, is_collecting=True)
    if text_requirements:
        return _ask_for_details(state, text_requirements[0].any_of, (*lead, *begins))
    if asks_address:
        asking = replace(state, stage=Stage.ADDRESS, asked=(), was_asked_address=True)
        return Turn(asking, (*lead, *begins, Line(WHICH_ADDRESS)))
    if missing_requirements:
        return _ask_for_details(state, missing_requirements[0].any_of, (*lead, *begins))
    reply_hint = () if findings.has_address else (Line(ANSWER_ON_PAGE),)
    later = (Line(ADD_LATER),) if state.skipped or state.is_hurried else ()
    return Turn(replace(state, stage=Stage.HANDED_OVER, asked=()), (*lead, Line(HANDED_OVER), *reply_hint, *later))


def _is_file(requirement: Requirement) -> bool:
    return all(FIELDS[detail].kind == "file" for detail in requirement.any_of)


def _add_new_statements(state: State, findings: Findings) -> tuple[State, tuple[Line, ...]]:
    """Returns the statements that were not given yet."""
    new = tuple(statement for statement in findings.statements if statement not in state.stated)
    return replace(state, stated=(*state.stated, *new)), tuple(Line(line) for line in new)


def _find_needed_detail(state: State, findings: Findings) -> tuple[Detail, ...]:
    """Returns the next detail to look up by, if it is neither known nor was left out."""
    open_details = [
        detail for detail in findings.needs if detail not in findings.known_details and detail not in state.skipped
    ]
    return (open_details[0],) if open_details else ()


def _fields(state: State) -> dict[str, Any]:
    return {name: getattr(state, name) for name in State.__slots__}
