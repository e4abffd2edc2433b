"""Answers to chargers: the payload of each version, held against its schema, and the verdict that it carries."""

from datetime import UTC, datetime

import pytest

from chargers.protocol import replies
from chargers.protocol.events import BootAnswered, BootStatus, HeartbeatAnswered, StatusAnswered
from chargers.protocol.frames import Version
from chargers.protocol.versions import v16, v21, v201


@pytest.mark.parametrize(("version", "module"), [(Version.V16, v16), (Version.V201, v201), (Version.V21, v21)])
def test_each_version_has_its_translator(version, module):
    assert replies.translator(version) is module


NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize("version", list(Version))
def test_an_answer_is_written_as_its_version_has_it(version):
    assert replies.payload_of(HeartbeatAnswered(NOON), action="Heartbeat", version=version) == {
        "currentTime": "2026-03-10T12:00:00.000Z"
    }
    boot = BootAnswered(BootStatus.PENDING, NOON, 300)
    assert replies.status_in(replies.payload_of(boot, action="BootNotification", version=version)) == "Pending"


def test_an_answer_that_would_break_the_schema_is_never_sent():
    with pytest.raises(replies.NonconformingAnswerError, match=r"^BootNotification: "):
        replies.payload_of(HeartbeatAnswered(NOON), action="BootNotification", version=Version.V16)


def test_1_6_has_no_answer_with_a_status_of_2_x():
    with pytest.raises(ValueError, match="no question with such an answer"):
        replies.payload_of(StatusAnswered("Accepted"), action="Heartbeat", version=Version.V16)


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        ({"status": "Accepted", "interval": 300}, "Accepted"),
        ({"idTagInfo": {"status": "Blocked"}}, "Blocked"),
        ({"idTokenInfo": {"status": "Expired"}}, "Expired"),
        ({"status": "Pending", "idTokenInfo": {"status": "Accepted"}}, "Pending"),
        ({"status": 7, "idTagInfo": {"status": "Invalid"}}, "Invalid"),
        ({"idTagInfo": "Accepted"}, ""),
        ({"currentTime": "2026-03-10T12:00:00Z"}, ""),
        ({}, ""),
    ],
)
def test_the_verdict_is_that_of_the_answer_or_of_its_card(payload, status):
    assert replies.status_in(payload) == status
