"""The dialogue: looked up first, one step after the other, one missing detail after the other, then a person."""

from dataclasses import replace

import pytest

from support.assistant import dialogue
from support.assistant.dialogue import (
    ButtonPress,
    ChosenTopic,
    Event,
    Findings,
    GivenDetails,
    Stage,
    State,
    Turn,
    Utterance,
)
from support.topics.details import FIELDS, Detail
from support.topics.topic import Asker

HERE = frozenset({Detail.PROPERTY, Detail.CHARGER_ID})
OFFLINE = Findings(
    statements=("It is offline.",),
    steps=("Breaker.", "Internet."),
    is_in_trouble=True,
    known_details=HERE,
    has_address=True,
)
BACK = replace(OFFLINE, statements=("It is ready.",), is_in_trouble=False)


def go(state: State, event: Event, findings: Findings = OFFLINE, *, asker: Asker = Asker.GUEST) -> Turn:
    return dialogue.next_turn(dialogue.resolve_topic(state, event, asker=asker), event, findings, asker=asker)


def texts(turn: Turn) -> list[str]:
    return [line.text for line in turn.lines]


def test_it_says_what_it_sees_before_the_first_step():
    turn = go(State(), Utterance("the charger is offline"))

    assert texts(turn) == ["It is offline.", dialogue.TRY, "Breaker."]
    assert (turn.state.stage, turn.state.topic) == (Stage.STEP, 1)


def test_after_a_step_it_looks_again_and_sees_that_the_charger_is_back():
    first = go(State(), Utterance("the charger is offline"))

    turn = go(first.state, ButtonPress.TRIED, BACK)

    assert texts(turn) == [dialogue.IS_BACK, dialogue.DOES_IT_WORK]
    assert go(turn.state, ButtonPress.YES, BACK).state.stage is Stage.SOLVED


def test_where_nothing_changed_the_next_step_follows_and_then_the_one_missing_detail():
    second = go(go(State(), Utterance("the charger is offline")).state, ButtonPress.TRIED)
    third = go(second.state, ButtonPress.TRIED)
    assert texts(second)[-2] == dialogue.THEN_TRY

    assert texts(second)[-1] == "Internet."
    assert (third.state.stage, third.state.asked) == (Stage.DETAIL, (Detail.ATTEMPTED_AT,))
    known = replace(OFFLINE, known_details=HERE | {Detail.ATTEMPTED_AT})
    assert (
        go(third.state, GivenDetails({Detail.ATTEMPTED_AT: "2026-11-20T18:00"}), known).state.stage is Stage.HANDED_OVER
    )


def test_it_does_not_agree_that_all_is_well_while_it_sees_a_fault():
    first = go(State(), Utterance("the charger is offline"))

    assert texts(go(first.state, ButtonPress.YES)) == [dialogue.GLAD, dialogue.STILL_SEEN, "It is offline."]


def test_what_would_let_it_look_up_is_asked_first_and_never_twice():
    blind = Findings(steps=("Breaker.",), needs=(Detail.CHARGER_ID,))
    asked = go(State(), ChosenTopic(1), blind)
    skipped = go(asked.state, ButtonPress.SKIP, blind)

    assert asked.state.asked == (Detail.CHARGER_ID,)
    assert skipped.state.stage is Stage.STEP
    later = go(skipped.state, ButtonPress.NO, blind)
    assert later.state.asked == (Detail.PROPERTY,)
    assert Detail.CHARGER_ID not in {one for row in dialogue.missing(later.state, blind) for one in row.any_of}


def test_facts_that_answer_are_followed_by_the_question_whether_they_do():
    bill = Findings(statements=("Energy: 9.00",), is_answer=True, known_details=frozenset(Detail), has_address=True)
    shown = go(State(), Utterance("why is this session so expensive"), bill)

    assert shown.state.stage is Stage.ANSWER
    denied = go(shown.state, ButtonPress.NO, bill)
    assert (denied.state.stage, texts(denied)) == (Stage.WRONG, [dialogue.WHAT_IS_WRONG])
    assert go(denied.state, Utterance("I never charged here"), bill).state.stage is Stage.HANDED_OVER
    assert go(denied.state, ButtonPress.NO, bill).state.stage is Stage.HANDED_OVER


def test_a_no_asks_once_what_is_wrong_and_an_answer_to_that_is_shown_first():
    bill = Findings(statements=("Energy: 9.00",), is_answer=True, known_details=frozenset(Detail), has_address=True)
    shown = go(State(), Utterance("why is this session so expensive"), bill)
    denied = go(shown.state, ButtonPress.NO, bill)

    more = replace(bill, statements=("Energy: 9.00", "An idle fee was charged."))
    answered = go(denied.state, Utterance("that cannot be right"), more)

    assert (answered.state.stage, texts(answered)) == (
        Stage.ANSWER, ["An idle fee was charged.", dialogue.IS_ANSWERED],
    )  # fmt: skip
    assert go(answered.state, ButtonPress.NO, more).state.stage is Stage.HANDED_OVER


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("as a host I got no money this month", 10),
        ("als verhuurder heb ik deze maand geen geld gekregen", 10),
        ("our payout is missing this month", 10),
        ("I got no money back this month", 4),
    ],
)
def test_a_host_on_a_guests_page_is_understood(text: str, topic: int):
    assert dialogue.resolve_topic(State(), Utterance(text), asker=Asker.GUEST).topic == topic


def test_off_topic_is_refused_with_what_it_can_help_with_and_then_a_person_is_offered():
    first = go(State(), Utterance("what is the weather like today"))
    second = go(first.state, Utterance("tell me a joke"))

    assert texts(first) == [dialogue.CAN_HELP, dialogue.WHICH]
    assert texts(second) == [dialogue.CAN_HELP, dialogue.TO_PERSON, dialogue.WHICH]
    assert second.state.topic == 0


def test_a_person_is_reached_at_any_time_with_an_address_asked_once():
    nowhere = Findings()
    asked = go(State(), ButtonPress.PERSON, nowhere)

    assert asked.state.stage is Stage.ADDRESS
    assert go(asked.state, ButtonPress.SKIP, nowhere).state.stage is Stage.HANDED_OVER


def test_i_do_not_know_is_an_answer_while_a_ticket_is_prepared():
    asked = go(replace(State(topic=1), stage=Stage.STEP, tried=OFFLINE.steps), ButtonPress.NO)
    assert asked.state.asked == (Detail.ATTEMPTED_AT,)

    assert go(asked.state, ButtonPress.SKIP).state.stage is Stage.HANDED_OVER


@pytest.mark.parametrize("event", [ButtonPress.PERSON, Utterance("quiero hablar con una persona")])
def test_a_person_asked_for_once_more_is_reached_without_more_questions(event: Event):
    asked = go(
        replace(State(topic=4), stage=Stage.ANSWER), ButtonPress.PERSON, replace(OFFLINE, known_details=frozenset())
    )
    assert asked.state.stage is Stage.DETAIL

    assert go(asked.state, event, replace(OFFLINE, known_details=frozenset())).state.stage is Stage.HANDED_OVER


def test_other_words_leave_the_question_as_it_is():
    asked = go(State(), ButtonPress.PERSON, Findings())

    again = go(asked.state, Utterance("the box hums"), Findings())

    assert texts(again) == [dialogue.REMARKED, dialogue.WHICH_ADDRESS]
    assert again.state.stage is Stage.ADDRESS


def test_the_question_is_part_of_what_is_said():
    asked = go(State(), ChosenTopic(1), Findings(needs=(Detail.CHARGER_ID,)))

    assert texts(asked)[-1] == FIELDS[Detail.CHARGER_ID].label


def test_without_an_address_it_says_where_the_answer_appears():
    end = go(go(State(), ButtonPress.PERSON, Findings()).state, ButtonPress.SKIP, Findings())

    assert texts(end) == [dialogue.HANDED_OVER, dialogue.ANSWER_ON_PAGE]
    assert dialogue.ANSWER_ON_PAGE not in texts(go(State(), ButtonPress.PERSON, Findings(has_address=True)))


def test_a_guest_cannot_choose_a_topic_of_hosts():
    assert dialogue.resolve_topic(State(), ChosenTopic(10), asker=Asker.GUEST).topic == 0


def test_a_model_s_choice_counts_only_where_nothing_was_clear_and_only_among_topics():
    assert dialogue.resolve_topic(State(), Utterance("hm", chosen=5), asker=Asker.GUEST).topic == 5
    assert dialogue.resolve_topic(State(), Utterance("hm", chosen=10), asker=Asker.GUEST).topic == 0
    assert dialogue.resolve_topic(State(), Utterance("charger is offline", chosen=5), asker=Asker.GUEST).topic == 1


def test_after_the_end_something_else_may_be_asked():
    solved = replace(State(topic=1), stage=Stage.SOLVED)

    assert dialogue.resolve_topic(solved, Utterance("I want a refund"), asker=Asker.GUEST).topic == 4


def test_the_state_is_the_same_after_it_was_stored():
    state = go(State(), ChosenTopic(1), Findings(needs=(Detail.CHARGER_ID,))).state

    assert dialogue.parse_state(state.stored()) == state
