"""Reasons: every code has its pattern, and a pattern asks for nothing that its facts do not have."""

from zoneinfo import ZoneInfo

import pytest

from billing.engine.reports import reasons
from billing.engine.reports.reasons import PATTERNS, Code, English, PriceReason
from tests.kit.reason_samples import BEGIN, END, sample


def test_every_code_has_a_pattern():
    assert set(PATTERNS) == set(Code)


@pytest.mark.parametrize("code", list(Code))
def test_it_tells_a_whole_sentence(code):
    told = reasons.render((sample(code),), speech=English(ZoneInfo("Europe/Amsterdam")))

    assert told[0].isupper() or told[0].isdigit()
    assert told[-1] in ".:"
    assert "%(" not in told
    assert "['" not in told


def test_what_is_stored_reads_as_what_was_told():
    made = sample(Code.ENERGY_FLOWED)

    assert reasons.read(made.as_json()) == made


@pytest.mark.parametrize("stored", [None, "energy.flowed", {"code": "unheard.of", "facts": {}}, {"code": 1}])
def test_what_it_does_not_know_is_nothing(stored):
    assert reasons.read(stored) is None


def test_it_names_four_spans_and_counts_the_others():
    spans = [[BEGIN, END]] * 6
    told = reasons.render((PriceReason(Code.ENERGY_FLOWED, {"energy_wh": 1, "spans": spans}),), speech=English())

    assert told.count(BEGIN) == 4
    assert told.endswith("and in 2 more spans.")


def test_a_note_is_a_fragment_as_it_has_always_been():
    assert (
        reasons.render_note((PriceReason(Code.NO_STOP),))
        == "no stop received: billed to the last meter value, no idle fee"
    )
