"""What a connection remembers of its charger, so that a message costs no query."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from chargers.commands.queue import EFFECT_VISIBLE
from chargers.journal.connection import AuthorizationReply, Connection
from chargers.models import Charger
from chargers.protocol.frames import Version

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def connection() -> Connection:
    return Connection(Charger(charger_id="CP1"), Version.V16, uuid.uuid4())


def test_without_other_back_offices_nobody_leads(connection: Connection):
    assert connection.leader == ""


def test_an_order_is_remembered_as_long_as_its_effect_may_be_seen(connection: Connection):
    assert not connection.was_ordered_before(NOON)
    connection.last_order_at = NOON

    assert connection.was_ordered_before(NOON + EFFECT_VISIBLE - SECOND)
    assert not connection.was_ordered_before(NOON + EFFECT_VISIBLE)


@pytest.mark.parametrize(
    ("stored_s", "measured_s", "behind_s"), [(-90, None, 90), (90, None, 0), (-90, -5, 5), (-90, 30, 0)]
)
def test_a_clock_that_was_just_measured_counts_more_than_what_was_stored(
    connection: Connection, stored_s: int, measured_s: int | None, behind_s: int
):
    connection.charger.clock_offset_s = stored_s
    connection.clock.offset_s = measured_s

    assert connection.clock_behind == timedelta(seconds=behind_s)


@pytest.mark.parametrize(
    ("requested", "action"),
    [("Heartbeat", "Heartbeat"), ("SignChargingStationCertificate", "SignCertificate")],
)
def test_a_message_that_was_asked_for_is_known_when_it_comes(connection: Connection, requested: str, action: str):
    connection.trigger(requested)

    assert connection.was_triggered(action)
    assert not connection.was_triggered("BootNotification")
    assert connection.triggers_met(action, message_id="1") == [requested]
    assert connection.triggers_met("BootNotification", message_id="2") == []


def test_a_repeat_meets_the_request_again_and_the_next_message_does_not(connection: Connection):
    connection.trigger("Heartbeat")
    connection.triggers_met("Heartbeat", message_id="1")

    assert connection.triggers_met("Heartbeat", message_id="1") == ["Heartbeat"]
    assert connection.triggers_met("Heartbeat", message_id="2") == []
    assert not connection.was_triggered("Heartbeat")


def test_words_about_the_latest_cards_are_kept(connection: Connection):
    for number in range(60):
        connection.remember_word(f"CARD{number}", AuthorizationReply(accepted=True, at=NOON))
    connection.remember_word("CARD15", AuthorizationReply(accepted=False, at=NOON))

    assert len(connection.words) == 50
    assert "CARD0" not in connection.words
    assert list(connection.words)[-1] == "CARD15"
    assert not connection.words["CARD15"].accepted
