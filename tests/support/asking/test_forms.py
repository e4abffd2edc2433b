"""The one form: what the topic requires and nobody knows, the person's own words, and where the answer goes."""

import pytest

from tests.kit.guest_asking import Talk, _nobody_was_counted_yet

__all__ = ["_nobody_was_counted_yet"]
pytestmark = pytest.mark.django_db


def test_a_wrong_answer_is_asked_again(world):
    talk = Talk("/help/", "I was overcharged, I want a refund")
    talk.send(charger_id="SUN001")

    assert "Choose a day and a time." in talk.send(attempted_at="yesterday")
