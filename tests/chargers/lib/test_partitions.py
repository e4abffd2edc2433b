import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from django.db import connection, transaction

from chargers.lib import ids, partitions
from chargers.models import Message
from tests.kit.postgresql.template import DatabaseCreation

pytestmark = pytest.mark.django_db
NOON = datetime(2031, 3, 12, 12, tzinfo=UTC)


def store(at: datetime) -> str:
    made = Message.objects.create(
        id=ids.generate(now=at), charger_id=1, direction="in", ocpp_version="1.6", request_at=at, request="[]"
    )
    return where(made.id)


def where(key: uuid.UUID) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM chargers_message WHERE id = %s", [key])
        return cursor.fetchone()[0]


def test_it_keeps_a_message_in_the_partition_of_its_week():
    partitions.ensure(now=NOON)

    assert store(NOON) == "chargers_message_20310310"


def test_it_makes_each_partition_once():
    first = partitions.ensure(now=NOON)

    assert len(first) == 20
    assert partitions.ensure(now=NOON) == []


def test_it_loses_no_message_of_an_impossible_time():
    assert store(datetime(1970, 1, 1, tzinfo=UTC)) == "chargers_message_default"


def test_a_backfilled_week_gets_a_partition_of_its_own():
    assert store(NOON - timedelta(weeks=5)) == "chargers_message_default"
    assert store(datetime(1970, 1, 1, tzinfo=UTC)) == "chargers_message_default"

    made = partitions.adopt(since=NOON - timedelta(days=90), until=NOON)

    assert made == ["chargers_message_20310203"]
    assert where(Message.objects.latest("id").pk) == "chargers_message_20310203"
    assert store(NOON - timedelta(weeks=5)) == "chargers_message_20310203"
    assert Message.objects.count() == 3
    assert partitions.adopt(since=NOON - timedelta(days=90), until=NOON) == []
    assert partitions.count_strays("chargers_message", since=NOON - timedelta(days=90), until=NOON) == 1


def test_a_week_that_the_default_partition_already_holds_is_made_with_its_rows():
    assert store(NOON) == "chargers_message_default"

    assert "chargers_message_20310310" in partitions.ensure(now=NOON)

    assert where(Message.objects.get().pk) == "chargers_message_20310310"


@pytest.fixture
def _as_before(transactional_db: None) -> Iterator[None]:
    """Nothing is rolled back: other tests find the present weeks in a fresh copy of the database.

    Making them anew left them out, with a time of 100 ms for the lock and a busy machine, and the doctor said so.
    """
    yield
    assert cast("DatabaseCreation", connection.creation).restore() or partitions.ensure(now=datetime.now(tz=UTC))


@pytest.mark.usefixtures("_as_before")
def test_it_does_not_wait_for_a_partition_that_somebody_reads(monkeypatch):
    monkeypatch.setattr(partitions, "_LOCK_TIMEOUT_MS", 100)
    partitions.ensure(now=NOON)
    later = datetime(2031, 3, 17, tzinfo=UTC)
    reader = connection.copy()
    try:
        with transaction.atomic(using="default"), reader.cursor() as cursor:
            cursor.execute("BEGIN; SELECT * FROM chargers_message_20310310")
            assert "chargers_message_20310310" not in partitions.drop_before(later)
            cursor.execute("ROLLBACK")
    finally:
        reader.close()

    assert "chargers_message_20310310" in partitions.drop_before(later)


def test_it_drops_only_weeks_that_lie_wholly_before_the_limit():
    partitions.ensure(now=NOON)

    dropped = partitions.drop_before(datetime(2031, 3, 17, tzinfo=UTC))

    assert "chargers_message_20310310" in dropped
    assert "chargers_message_20310317" not in dropped
    assert partitions.drop_before(NOON - timedelta(days=60)) == []
