"""Why a card was declined, stored as a sentence and found again."""

import pytest

from billing.payments.processors import declines
from billing.payments.processors.protocol import Decline
from chargers.sentences import stored


@pytest.mark.parametrize("decline", list(Decline))
def test_each_reason_is_found_again(decline: Decline):
    assert declines.of_sentences(declines.sentences(decline)) is decline


def test_no_reason_is_no_sentence():
    assert declines.sentences(None) == ()
    assert declines.of_sentences(()) is None


def test_a_sentence_that_a_processor_worded_is_no_reason_of_ours_and_hides_none():
    worded = stored.build_sentence("processor.said", text="Do not honor.")

    assert declines.of_sentences(worded) is None
    assert declines.of_sentences((*worded, *declines.sentences(Decline.NO_MONEY))) is Decline.NO_MONEY
