"""What the flows of all events share: whose time counts, and the answer in the words of the version."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from authorization.decide.decisions import DecisionResult
from chargers.journal import flow_result
from chargers.journal.connection import Connection
from chargers.models import Charger
from chargers.protocol.events import StatedTime, TokenAnswer
from chargers.protocol.frames import Version
from chargers.transactions.recording import BELIEVED_AHEAD

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stated", "counts"),
    [
        (None, NOON),
        (NOON - timedelta(days=3), NOON - timedelta(days=3)),
        (NOON + BELIEVED_AHEAD, NOON + BELIEVED_AHEAD),
        (NOON + BELIEVED_AHEAD + timedelta(seconds=1), NOON),
    ],
)
def test_a_stated_time_counts_unless_it_lies_in_the_future(stated: datetime | None, counts: datetime):
    assert flow_result.plausible_time(StatedTime("", stated), now=NOON) == counts


@pytest.mark.parametrize(
    ("version", "status"), [(Version.V16, "Blocked"), (Version.V201, "Unknown"), (Version.V21, "Unknown")]
)
def test_the_status_is_the_word_of_the_version(version: Version, status: str):
    connection = Connection(Charger(charger_id="CP1"), version, uuid.uuid4())

    assert flow_result.status_word(connection, TokenAnswer("Blocked", "Unknown")) == status


def test_a_decision_answers_with_its_parent_and_its_end():
    decided = DecisionResult(
        verdict="accepted",
        trace=[],
        uid="04A1B2C3D4",
        status_16="Accepted",
        status_2x="Accepted",
        parent="FAMILY",
        expires_at=NOON,
    )

    assert flow_result.token_answer(decided) == TokenAnswer("Accepted", "Accepted", "FAMILY", NOON)
