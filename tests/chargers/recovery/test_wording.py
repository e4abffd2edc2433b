"""The ladder in words: each step and each reason to wait has its own."""

from chargers.recovery import wording
from chargers.recovery.next_step import Hindrance, Kind, Record, Step


def test_each_code_has_words():
    assert {*wording.TITLES} == {*wording.MEANS} == {*Step}
    assert all(wording.describe_wait(one.value) for one in (*Hindrance, Kind.OFFLINE))
    assert wording.describe_wait("") == ""


def test_another_order_and_a_step_that_is_left_out_are_explained():
    records = {
        Step.TRIGGER: Record(12, 0),
        Step.RESET_SOFT: Record(20, 1),
        Step.RESET_HARD: Record(20, 16),
    }

    assert wording.why_ordered(records) == [
        "“Hard reset” comes before “Soft reset”: it helped 16 of 20 times, “Soft reset” 1 of 20 times.",
        "“Ask the charger for its status” is left out: it never helped in 12 tries.",
    ]
    assert wording.why_ordered({}) == []
