from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from chargers import ids, partitions
from chargers.models import Message

pytestmark = pytest.mark.django_db
NOON = datetime(2031, 3, 12, 12, tzinfo=UTC)


def store(at: datetime) -> str:
    made = Message.objects.create(
        id=ids.new(now=at), charger_id=1, direction="in", ocpp_version="1.6", request_at=at, request="[]"
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM chargers_message WHERE id = %s", [made.id])
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


def test_it_leaves_a_week_alone_that_the_default_partition_already_holds():
    assert store(NOON) == "chargers_message_default"

    assert "chargers_message_20310310" not in partitions.ensure(now=NOON)


def test_it_drops_only_weeks_that_lie_wholly_before_the_limit():
    partitions.ensure(now=NOON)

    dropped = partitions.drop_before(datetime(2031, 3, 17, tzinfo=UTC))

    assert "chargers_message_20310310" in dropped
    assert "chargers_message_20310317" not in dropped
    assert partitions.drop_before(NOON - timedelta(days=60)) == []
