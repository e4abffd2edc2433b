"""Exchanges as lists name them."""

import pytest

from chargers.models import FailedHandshake, Message


@pytest.mark.parametrize(
    ("action", "words"), [("Heartbeat", "Heartbeat 17"), ("", "frame 17")], ids=["a call", "an unreadable frame"]
)
def test_an_exchange_is_named_by_its_action(action: str, words: str):
    assert str(Message(action=action, message_id="17")) == words


@pytest.mark.parametrize("reason", list(FailedHandshake.Reason))
def test_every_refusal_at_the_door_has_words(reason: FailedHandshake.Reason):
    row = FailedHandshake(presented_id="CP9", reason=reason)

    assert str(row) == f"CP9: {reason.label}"
    assert len(reason.value) <= 25
