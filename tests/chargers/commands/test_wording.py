"""Commands in plain words, from the request to what happens next."""

from datetime import UTC, datetime, timedelta

import pytest

from chargers.commands import wording
from chargers.models import Command

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def command(action: str, state: str, *, effect_seen_at: datetime | None = None, payload: dict | None = None) -> Command:
    return Command(action=action, state=state, payload=payload or {}, created_at=NOON, effect_seen_at=effect_seen_at)


@pytest.mark.parametrize(
    ("action", "payload", "words"),
    [
        ("Reset", {"type": "Hard"}, "restart at once"),
        ("Reset", {"type": "Immediate"}, "restart at once"),
        ("Reset", {"type": "Soft"}, "restart"),
        ("Reset", {}, "restart"),
        ("ChangeAvailability", {"type": "Inoperative"}, "go out of service"),
        ("ChangeAvailability", {"operationalStatus": "Inoperative"}, "go out of service"),
        ("ChangeAvailability", {"operationalStatus": "Operative"}, "go back into service"),
        ("UnlockConnector", {}, "unlock a connector"),
        ("VendorMagic", {}, "carry out VendorMagic"),
    ],
)
def test_a_request_is_said_in_words(action: str, payload: dict, words: str):
    assert wording.request_words(action, payload) == words
    assert wording.command_title(command(action, "queued", payload=payload)) == words[0].upper() + words[1:]


@pytest.mark.parametrize(
    ("action", "state", "sentence"),
    [
        ("RemoteStartTransaction", "accepted",
         "The session begins when the car is plugged in and the charger reports the start."),
        ("UnlockConnector", "accepted", ""),
        ("RequestStopTransaction", "rejected",
         "The session goes on. The driver can end it at the car or with the card."),
        ("ClearCache", "not_supported", "Nothing has changed."),
        ("Reset", "error", "The charger goes on as before."),
        ("RemoteStopTransaction", "offline",
         "If the charger is back within a minute, the stop is sent after all. Otherwise order it again."),
        ("Reset", "offline", "Order it again when the charger is online."),
        ("RemoteStopTransaction", "timed_out",
         "If the charger obeys all the same: the session ends when the charger reports the stop."),
        ("ClearCache", "timed_out", ""),
        ("ClearCache", "unknown", ""),
        ("ClearCache", "queued", "This page shows the answer as soon as it is there."),
        ("ClearCache", "sent", "This page shows the answer as soon as it is there."),
    ],
)  # fmt: skip
def test_it_says_what_happens_next(action: str, state: str, sentence: str):
    assert wording.next_step(command(action, state)) == sentence


def test_what_was_seen_to_happen_is_said_whatever_was_answered():
    row = command("Reset", "timed_out", effect_seen_at=NOON)

    assert wording.next_step(row) == "The charger has restarted and is back."


@pytest.mark.parametrize(
    ("row", "is_awaited"),
    [
        (command("RemoteStartTransaction", "accepted"), True),
        (command("RemoteStartTransaction", "accepted", effect_seen_at=NOON), False),
        (command("RemoteStartTransaction", "rejected"), False),
        (command("ClearCache", "accepted"), False),
    ],
)
def test_only_what_was_agreed_to_and_can_be_seen_is_awaited(row: Command, is_awaited: bool):
    assert wording.awaits_effect(row, now=NOON + timedelta(minutes=4, seconds=59)) is is_awaited


def test_it_is_awaited_for_five_minutes():
    assert not wording.awaits_effect(command("Reset", "accepted"), now=NOON + timedelta(minutes=5))


@pytest.mark.parametrize(
    ("state", "sentence"),
    [("queued", "The order waits to be sent."), ("sent", "It has not answered yet."), ("accepted", "Accepted.")],
)
def test_without_an_outcome_the_state_answers(state: str, sentence: str):
    assert wording.command_answer(command("Reset", state)) == sentence
