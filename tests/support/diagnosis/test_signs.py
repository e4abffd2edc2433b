"""Which question about lights and beeps decides, and what its answer changes. Pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from support.diagnosis import causes, signs
from support.diagnosis.causes import Cause, Certainty, ChargeFacts, Clue, Finding, ReportedStatus
from support.diagnosis.signs import ANY_LIGHT, Answer, Kind, Sign, SignError, SignReply

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
OFFLINE = ChargeFacts(now=NOW, started_at=None, is_online=False, offline_since=NOW - timedelta(hours=1))
RED = Sign(Kind.LIGHT, "red", "blinking", Cause.CABLE)
BEEP = Sign(Kind.BEEP, "", "repeated", Cause.CAR_PAUSED)
NEVER_ANY = ChargeFacts(
    now=NOW,
    started_at=NOW - timedelta(minutes=10),
    statuses=(ReportedStatus(at=NOW - timedelta(minutes=10), status="Charging"),),
)


def asked(facts: ChargeFacts, *documented: Sign, answers: tuple[Answer, ...] = ()) -> str:
    found = signs.question(causes.find_causes(facts), documented, answers)
    return found.code if found else ""


def after(facts: ChargeFacts, seen: SignReply, *documented: Sign) -> list[tuple[Cause, Certainty]]:
    found = causes.find_causes(facts)
    question = signs.question(found, documented, ())
    assert question is not None
    weighed = signs.apply_answer(found, question, Answer(question.code, seen, NOW))
    return [(one.cause, one.certainty) for one in weighed]


def test_a_lost_contact_asks_for_any_light_at_every_model():
    assert asked(OFFLINE) == asked(OFFLINE, RED) == ANY_LIGHT


def test_a_light_rules_out_that_the_power_is_lost():
    assert after(OFFLINE, SignReply.YES) == [(Cause.NETWORK, Certainty.LIKELY)]


def test_without_a_light_the_power_is_the_likelier_cause():
    assert after(OFFLINE, SignReply.NO) == [(Cause.POWER_LOST, Certainty.LIKELY), (Cause.NETWORK, Certainty.POSSIBLE)]


def test_who_cannot_see_it_changes_nothing_and_is_not_asked_again():
    before = [(one.cause, one.certainty) for one in causes.find_causes(OFFLINE)]

    assert after(OFFLINE, SignReply.UNKNOWN) == before
    assert asked(OFFLINE, answers=(Answer(ANY_LIGHT, SignReply.UNKNOWN, NOW),)) == ""


def test_an_answer_is_part_of_the_evidence():
    found = causes.find_causes(OFFLINE)
    question = signs.question(found, (), ())
    assert question is not None

    first = signs.apply_answer(found, question, Answer(ANY_LIGHT, SignReply.NO, NOW, by="host@example.com"))[0]

    assert (first.evidence[-1].clue, first.evidence[-1].values["by"]) == (Clue.NO_LIGHT, "host@example.com")


def test_cable_or_car_is_asked_only_by_a_sign_that_the_model_documents():
    assert asked(NEVER_ANY) == ""
    assert asked(NEVER_ANY, RED) == RED.code
    assert asked(NEVER_ANY, replace(RED, means=Cause.EMERGENCY_STOP)) == ""


def test_a_sign_that_means_both_tells_nothing_apart():
    assert asked(NEVER_ANY, RED, replace(RED, means=Cause.CAR_PAUSED)) == ""


@pytest.mark.parametrize(
    ("sign", "seen", "first"),
    [
        (RED, SignReply.YES, Cause.CABLE),
        (RED, SignReply.NO, Cause.CAR_PAUSED),
        (BEEP, SignReply.YES, Cause.CAR_PAUSED),
        (BEEP, SignReply.NO, Cause.CABLE),
    ],
)
def test_a_sign_seen_or_missing_puts_its_cause_first_or_last(sign: Sign, seen: SignReply, first: Cause):
    assert after(NEVER_ANY, seen, sign)[0] == (first, Certainty.LIKELY)


@pytest.mark.parametrize("certainty", list(Certainty))
def test_nothing_is_asked_where_one_cause_is_certain_or_more_than_two_are_open(certainty: Certainty):
    two = [Finding(cause=one, certainty=certainty, evidence=()) for one in (Cause.CABLE, Cause.CAR_PAUSED)]
    three = [*two, Finding(cause=Cause.CHARGER_FAULT, certainty=Certainty.POSSIBLE, evidence=())]

    assert (signs.question(two, (RED,), ()) is None) is (certainty is Certainty.CERTAIN)
    assert signs.question(three, (RED,), ()) is None
    assert signs.question(two[:1], (RED,), ()) is None


def test_an_answer_is_about_one_loss_of_contact_or_one_status():
    again = replace(OFFLINE, offline_since=NOW)
    repeated = replace(NEVER_ANY, statuses=(*NEVER_ANY.statuses, ReportedStatus(at=NOW, status="Charging")))
    changed = replace(NEVER_ANY, statuses=(*NEVER_ANY.statuses, ReportedStatus(at=NOW, status="SuspendedEV")))

    assert signs.basis(OFFLINE) != signs.basis(again)
    assert signs.basis(NEVER_ANY) == signs.basis(repeated) != signs.basis(changed)


@pytest.mark.parametrize(
    "facts",
    [
        replace(OFFLINE, offline_since=None),
        replace(NEVER_ANY, started_at=None),
        replace(NEVER_ANY, stopped_at=NOW),
        replace(NEVER_ANY, is_never_stopped=True),
    ],
)
def test_nothing_is_about_a_charger_that_never_came_or_a_session_that_ended(facts: ChargeFacts):
    assert signs.basis(facts) == ""


def test_the_signs_of_a_model_are_read():
    rows = [
        {"sign": "light", "colour": "red", "pattern": "blinking", "means": "cable"},
        {"sign": "beep", "pattern": "repeated", "means": "car_paused"},
    ]

    assert signs.parse(rows) == (RED, BEEP)


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ({}, "Signs: give a list of objects."),
        ([7], "Row 1: give an object with sign, pattern and means."),
        ([{"sign": "smell"}], "Row 1, sign: “smell” is none of light, beep."),
        ([{"sign": "light", "colour": "pink"}], "Row 1, colour: “pink” is none of red, green"),
        ([{"sign": "light", "colour": "red"}], "Row 1, pattern: give one of steady, blinking."),
        ([{"sign": "beep", "colour": "red", "pattern": "once", "means": "cable"}], "Row 1: a beep has no colour."),
        ([{"sign": "beep", "pattern": "once", "means": "ghost"}], "Row 1, means: “ghost” is none of charger_fault"),
        ([{"sign": ["beep"], "pattern": "once", "means": "cable"}], "Row 1, sign: “['beep']” is none of"),
        ([{"sign": "beep", "pattern": "once", "means": "cable", "x": 1}], "Row 1: “x” is not known"),
        ([{"sign": "beep", "pattern": "once", "means": "cable"}] * 2, "Row 2: it is the same as row 1."),
        ([{}] * 41, "Signs: at most 40, and these are 41."),
    ],
)
def test_a_wrong_row_is_named(rows: object, complaint: str):
    with pytest.raises(SignError, match="^" + complaint.replace("[", r"\[").replace("]", r"\]")):
        signs.parse(rows)
