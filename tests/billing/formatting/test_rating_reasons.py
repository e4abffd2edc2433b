"""What the price engine says, in the reader's language; and what was stored as a sentence alone."""

from typing import Any

import pytest
from django.utils import timezone, translation

from billing.engine.reports.reasons import Code, PriceReason
from billing.formatting import rating_reasons

LATE = {"code": "late_stop_refund", "currency": "EUR", "amounts": {"now": 812, "was": 900, "back": 88}}


def test_a_stored_reason_is_said_in_the_readers_language_with_its_money():
    with translation.override("de"):
        told = rating_reasons.render_stored(LATE, "The stop came late.")

    assert "8,12\N{NO-BREAK SPACE}€" in told
    assert "0,88\N{NO-BREAK SPACE}€" in told
    assert rating_reasons.render_stored(LATE, "The stop came late.") == (
        "The charger reported the end of charging late. With it the session costs €8.12 instead of €9.00: €0.88 goes "
        "back."
    )


@pytest.mark.parametrize("reason", [None, {"code": "unheard_of", "currency": "EUR", "amounts": {}}])
def test_a_sentence_alone_stays_as_it_is(reason: dict[str, Any] | None):
    with translation.override("de"):
        assert rating_reasons.render_stored(reason, "The stop came late.") == "The stop came late."


def test_a_reason_without_its_facts_falls_back_to_the_stored_sentence():
    line = {"reasons": [{"code": "idle.capped", "facts": {}}], "reason": "It is at most 10.00 EUR."}

    with translation.override("de"):
        told = rating_reasons.of_line(line)

    assert (told.text, told.is_english) == ("It is at most 10.00 EUR.", True)


def test_a_line_with_reasons_is_told_by_them_and_not_by_its_old_sentence():
    reason = PriceReason(Code.NO_STOP)
    line = {"reasons": [reason.as_json()], "reason": "as it was"}

    told = rating_reasons.of_line(line)

    assert (told.text, told.is_english) == (rating_reasons.render(reason), False)
    assert str(told) != "As it was."


def test_a_line_of_which_one_reason_is_unknown_is_told_by_its_sentence_alone():
    line = {"reasons": [PriceReason(Code.NO_STOP).as_json(), {"code": "unheard.of"}], "reason": "as it was"}

    assert rating_reasons.of_line(line).text == "As it was."


def test_notes_are_told_by_their_reasons_as_far_as_there_are_any():
    report = {"notes": ["no stop received", "still running"], "note_reasons": [[PriceReason(Code.NO_STOP).as_json()]]}

    first, second = rating_reasons.notes(report)

    assert first.text == rating_reasons.render(PriceReason(Code.NO_STOP))
    assert second.text == "Still running."
    assert rating_reasons.notes({}) == []


def test_a_doubt_of_before_there_were_codes_has_its_sentence():
    overlap = PriceReason(Code.DOUBT_OVERLAP, {"overlap_s": 600})

    with timezone.override("UTC"):
        told = rating_reasons.hold_reasons([{"evidence": "x", "reason": overlap.as_json()}, {"evidence": "it jumped"}])

    assert [doubt.text for doubt in told] == [rating_reasons.render(overlap), "It jumped."]
    assert "10 min" in told[0].text


@pytest.mark.parametrize(
    ("stored", "sentence"),
    [("it jumped", "It jumped."), (" It jumped! ", "It jumped!"), ("really?", "Really?"), ("", ""), ("  ", "")],
)
def test_a_fragment_becomes_a_sentence(stored: str, sentence: str):
    assert rating_reasons.sentence(stored) == sentence
