"""What a guest reads of how a session stands."""

import pytest
from django.utils import translation

from billing.engine.reports.reasons import Code, PriceReason
from billing.models import Rating, Session
from billing.sessions.visitors import sentences
from chargers.sentences import stored

HELD = Session(state="held", state_sentences=stored.free("It waits."))
OVERLAP = {"evidence": "x", "reason": PriceReason(Code.DOUBT_OVERLAP, {"overlap_s": 600}).as_json()}


def test_a_session_is_told_by_its_own_sentences():
    assert sentences.describe_reason(
        Session(state="failed", state_sentences=stored.free("It did not start.")), None
    ) == ("It did not start.")


def test_one_that_is_held_is_told_by_every_doubt_of_its_price():
    rating = Rating(held=[OVERLAP, {"evidence": "the register jumped"}])

    told = sentences.describe_reason(HELD, rating)

    assert "10 min" in told
    assert told.endswith("The register jumped.")
    assert sentences.describe_reason(HELD, Rating(held=[])) == sentences.describe_reason(HELD, None) == "It waits."


@pytest.mark.parametrize(
    ("has_card", "meaning"),
    [
        (True, "Nothing was taken from your card; the host checks it."),
        (False, "Nothing is billed until the host has checked it."),
    ],
)
def test_of_a_review_it_is_said_what_it_means_for_the_guest(has_card: bool, meaning: str):
    assert sentences.of_review(HELD, None, has_card=has_card) == f"It waits. {meaning}"


def test_every_state_has_its_words_in_the_readers_language():
    english = [sentences.of_state(state) for state in Session.State]
    with translation.override("de"):
        german = [sentences.of_state(state) for state in Session.State]

    assert len(set(english)) == len(english)
    assert all(one != other for one, other in zip(english, german, strict=True))


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (
            {"rate": {"name": "Standard", "version": 2}, "audience": "member"},
            "Members pay the rate “Standard” here, version 2.",
        ),
        ({"rate": {"name": "Standard", "version": 2}, "audience": "nobody"}, ""),
        ({"rate": {"name": "Standard", "version": 2}}, ""),
        ({"rate": None, "audience": "guest"}, ""),
        ({}, ""),
    ],
)
def test_a_receipt_says_whose_prices_it_was_made_with(document, told):
    assert sentences.of_rate(document) == told
