"""Facts about chargers in words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chargers.formatting import phrases
from chargers.models import Charger, Command, Licence, Property, Transaction

NEW_YORK = "America/New_York"
TODAY = datetime.now(tz=ZoneInfo(NEW_YORK)).date()


def charger(**facts) -> Charger:
    return Charger(station_id="SUN001", property=Property(time_zone=NEW_YORK), **facts)


def licensed(*, ends_in: int | None, state: str = "active", grace_days: int = 14) -> Charger:
    row = charger()
    expires_on = None if ends_in is None else TODAY + timedelta(days=ends_in)
    row.licence = Licence(state=state, expires_on=expires_on, grace_days=grace_days)
    return row


@pytest.mark.parametrize(
    ("row", "holds", "start"),
    [
        (licensed(ends_in=None), True, "active, without end"),
        (licensed(ends_in=30), True, "active until"),
        (licensed(ends_in=0), True, "active until"),
        (licensed(ends_in=-1), True, "expired on"),
        (licensed(ends_in=-14), True, "expired on"),
        (licensed(ends_in=-15), False, "expired on"),
        (licensed(ends_in=-1, grace_days=0), False, "expired on"),
        (licensed(ends_in=30, state="inactive"), False, "not active: new sessions are refused"),
    ],
)
def test_a_licence_holds_until_its_grace_is_over(row: Charger, holds: bool, start: str):
    assert phrases.licence_holds(row) is holds
    sentence = phrases.licence_sentence(row)
    assert sentence.startswith(start)
    assert sentence.endswith(", in grace") is (holds and start == "expired on")


def test_a_charger_without_a_licence_is_free():
    assert phrases.licence_holds(charger())
    assert phrases.licence_sentence(charger()) == "active, without end"


ONE_MISSES, TWO_MISS = "{[0,3),[4,6)}", "{[0,3),[5,6)}"
"""Sequence numbers that came: without 3, and without 3 and 4."""


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"seq_nos": ONE_MISSES, "is_incomplete": False}, ""),
        ({"seq_nos": "{[0,6)}", "is_incomplete": True}, ""),
        ({"seq_nos": ONE_MISSES, "is_incomplete": True}, "Message 3 is missing. The charger is asked for it."),
        (
            {"seq_nos": TWO_MISS, "is_incomplete": True, "status_asked_at": datetime(2026, 3, 10, tzinfo=UTC)},
            "2 messages (3–4) are missing. The charger was asked for them.",
        ),
    ],
)
def test_missing_messages_are_asked_for(facts: dict, sentence: str):
    assert phrases.missing_messages(Transaction(**facts)) == sentence


@pytest.mark.parametrize(
    ("seq_nos", "answer", "end"),
    [
        (ONE_MISSES, "LEFT", "The charger says that it waits to be sent: the bill waits for it, a day at most."),
        (
            TWO_MISS,
            "LEFT",
            "The charger says that some of them wait to be sent: the bill waits for them, a day at most.",
        ),
        (TWO_MISS, "GOES_ON", "The charger says that the session goes on."),
        (ONE_MISSES, "EMPTY", "The charger has nothing left to send: the bill is made of what came."),
    ],
)
def test_what_the_charger_said_of_them_is_told(seq_nos: str, answer: str, end: str):
    row = Transaction(
        seq_nos=seq_nos,
        is_incomplete=True,
        status_answer=Transaction.StatusAnswer[answer],
        status_answered_at=datetime(2026, 3, 10, tzinfo=UTC),
    )

    assert phrases.missing_messages(row).endswith(end)


def test_an_answer_that_was_overtaken_by_a_new_question_does_not_count():
    row = Transaction(
        seq_nos=ONE_MISSES,
        is_incomplete=True,
        status_answer=Transaction.StatusAnswer.GOES_ON,
        status_answered_at=None,
    )

    assert phrases.missing_messages(row).endswith("The charger is asked for it.")


@pytest.mark.parametrize(
    ("standard", "name"),
    [("IEC_62196_T2_COMBO", "CCS 2"), ("NACS", "NACS"), ("DOMESTIC_F", "DOMESTIC F"), ("", "–")],
)
def test_a_plug_has_the_name_that_people_use(standard: str, name: str):
    assert phrases.plug_name(standard) == name


@pytest.mark.parametrize(
    ("offset_s", "direction"), [(61, "ahead"), (-61, "behind"), (7200, "ahead"), (60, None), (-60, None), (0, None)]
)
def test_a_clock_that_is_more_than_a_minute_wrong_is_told(offset_s: int, direction: str | None):
    row = charger(clock_offset_s=offset_s, clock_measured_at=datetime(2026, 3, 10, tzinfo=UTC))

    sentence = phrases.clock_sentence(row)

    assert sentence.endswith(f"{direction}.") if direction else sentence == ""


def test_a_clock_that_was_never_compared_is_not_judged():
    assert phrases.clock_sentence(charger(clock_offset_s=5000, clock_measured_at=None)) == ""


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("user:kim@example.com", "kim@example.com"),
        ("api:ab12", "API key ab12"),
        ("upstream:Partner", "Partner"),
        ("guest", "the guest"),
        ("system", "us"),
        ("", "us"),
        ("cron", "cron"),
    ],
)
def test_who_asked_is_called_by_name(origin: str, name: str):
    assert phrases.actor_name(origin) == name


@pytest.mark.parametrize("state", list(Command.State))
def test_every_state_of_a_command_has_words_and_a_colour(state: Command.State):
    row = Command(state=state)

    assert phrases.command_word(row)
    assert phrases.command_kind(row) in {"busy", "ok", "unknown", "bad"}


def test_what_did_not_work_is_bad():
    kinds = {state: phrases.command_kind(Command(state=state)) for state in Command.State}

    assert {state for state, kind in kinds.items() if kind == "bad"} == {
        Command.State.REJECTED, Command.State.NOT_SUPPORTED, Command.State.ERROR, Command.State.TIMED_OUT,
    }  # fmt: skip
