"""A row that fails at every turn of a task says why once, and then how often."""

import logging

import pytest

from chargers.lib import batch, repeated_failures

logger = logging.getLogger(__name__)


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch):
    monkeypatch.setattr(repeated_failures, "_known", repeated_failures._known.__class__())


def turns(number: int, *, noun: str, work) -> None:
    for _ in range(number):
        batch.each_of([7], work, noun=noun, failure="could not be priced")


def breaks(_row: int) -> None:
    raise ValueError("the meter went back")


def test_a_row_that_fails_410_times_has_one_traceback_and_a_count(caplog):
    turns(410, noun="Session", work=breaks)

    assert [record.getMessage() for record in caplog.records] == [
        "Session 7 could not be priced; it is tried again",
        "Session 7 could not be priced; it is tried again (10 times now: ValueError: the meter went back)",
        "Session 7 could not be priced; it is tried again (100 times now: ValueError: the meter went back)",
    ]
    assert [bool(record.exc_info) for record in caplog.records] == [True, False, False]
    assert caplog.text.count("Traceback") == 1


def test_another_error_of_the_same_row_is_told_whole(caplog):
    def otherwise(_row: int) -> None:
        raise KeyError("rate")

    turns(3, noun="Session", work=breaks)
    turns(3, noun="Session", work=otherwise)

    assert caplog.text.count("Traceback") == 2
    assert "KeyError: 'rate'" in caplog.text


def test_another_row_and_one_that_worked_meanwhile_are_told_whole(caplog):
    turns(2, noun="Session", work=breaks)
    turns(2, noun="Refund", work=breaks)
    turns(1, noun="Session", work=lambda _row: None)
    turns(2, noun="Session", work=breaks)

    assert caplog.text.count("Traceback") == 3


def test_it_remembers_no_more_than_so_many(monkeypatch, caplog):
    monkeypatch.setattr(repeated_failures, "_LIMIT", 5)
    for number in range(50):
        repeated_failures.log(logger, ValueError(), "Row %s failed", number)

    assert len(repeated_failures._known) == 5
    assert len(caplog.records) == 50


def test_it_is_told_again_after_a_day(monkeypatch, caplog):
    moment = [0.0]
    monkeypatch.setattr(repeated_failures.time, "monotonic", lambda: moment[0])
    for moment[0] in (0.0, 3600.0, 25 * 3600.0):
        turns(1, noun="Session", work=breaks)

    assert caplog.text.count("Traceback") == 2
