"""The access token of a connection: shared, renewed in time, and fetched only so often a day."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import PmsConnection
from authorization.pms.access_tokens import StoredTokens
from authorization.pms.failures import Code, FailedError
from tests.kit.connected_systems import connected
from tests.kit.world import World

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def connection(world: World) -> PmsConnection:
    return connected(world, "Our Guesty")


def tokens(connection: PmsConnection, *, at: datetime = NOON, most: int = 2) -> StoredTokens:
    return StoredTokens(connection.pk, at, most)


def test_there_is_none_before_it_was_fetched(connection: PmsConnection):
    assert tokens(connection).current() == ""


def test_what_was_fetched_is_shared_until_shortly_before_its_end(connection: PmsConnection):
    assert tokens(connection).renewed(lambda: ("first", 3600)) == "first"

    assert tokens(connection, at=NOON + 49 * MINUTE).current() == "first"
    assert tokens(connection, at=NOON + 50 * MINUTE).current() == ""
    connection.refresh_from_db()
    assert "first" not in connection.token_encrypted


def test_one_that_cannot_be_read_is_none(connection: PmsConnection):
    tokens(connection).renewed(lambda: ("first", 3600))
    PmsConnection.objects.update(token_encrypted="of another key")

    assert tokens(connection).current() == ""


def test_no_more_are_fetched_than_the_system_gives_in_a_day(connection: PmsConnection):
    for hour in (0, 1):
        tokens(connection, at=NOON + timedelta(hours=hour)).renewed(lambda: ("token", 3600))

    with pytest.raises(FailedError) as caught:
        tokens(connection, at=NOON + timedelta(hours=23)).renewed(lambda: ("one too many", 3600))

    assert caught.value.code == Code.TOKEN_BUDGET
    assert caught.value.facts["until"] == "2026-03-11 12:00"
    assert tokens(connection, at=NOON + timedelta(hours=24)).renewed(lambda: ("again", 3600)) == "again"


def test_a_fetch_whose_answer_is_lost_counts_and_leaves_no_token(connection: PmsConnection):
    def lost() -> tuple[str, float]:
        raise FailedError(Code.NO_ANSWER)

    tokens(connection).renewed(lambda: ("first", 3600))
    with pytest.raises(FailedError):
        tokens(connection).renewed(lost)

    assert tokens(connection).current() == ""
    with pytest.raises(FailedError) as caught:
        tokens(connection).renewed(lambda: ("third", 3600))
    assert caught.value.code == Code.TOKEN_BUDGET
