"""The ladder in words: each step and each reason to wait has its own."""

from chargers.recovery import wording
from chargers.recovery.ladder import Hindrance, Kind, Step


def test_each_code_has_words():
    assert {*wording.TITLES} == {*wording.MEANS} == {*Step}
    assert all(wording.waits(one.value) for one in (*Hindrance, Kind.OFFLINE))
    assert wording.waits("") == ""
