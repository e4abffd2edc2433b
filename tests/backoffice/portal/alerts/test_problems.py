"""What is wrong now at the hosts that have alert rules, as stored facts show it."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from billing.models import AlertKind
from chargers.models import Charger, Licence
from tests.kit.alerts_pages import find, look, lose, rule, subjects
from tests.kit.world import tap

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 2, tzinfo=UTC)  # 14:02 in New York
MINUTE = timedelta(minutes=1)
ALL = list(AlertKind)


def test_an_outage_is_reported_with_its_name_after_so_many_minutes_and_again_when_it_is_over(world):
    rule(world, minutes=10)
    lose(world, at=NOON)

    look(at=NOON + 9 * MINUTE)
    assert subjects() == []
    look(at=NOON + 10 * MINUTE)
    look(at=NOON + 11 * MINUTE)
    assert subjects() == ["SUN001 offline since 14:02 – Sunset 1"]

    find(world, at=NOON + 29 * MINUTE)
    look(at=NOON + 29 * MINUTE)
    look(at=NOON + 35 * MINUTE)
    assert subjects()[1:] == ["SUN001 back online at 14:31 after 29 min – Sunset 1"]


def test_starts_that_are_refused_in_a_row_are_reported(world):
    now = datetime.now(tz=UTC)
    Charger.objects.update(connection_id=uuid.uuid4())
    rule(world, made_at=now - timedelta(hours=1))
    for minute in (3, 2):
        tap(world.charger, "DEADBEEF", at=now - minute * MINUTE)
    look(at=now)
    assert subjects() == []

    tap(world.charger, "DEADBEEF", at=now - MINUTE)
    look(at=now)

    assert len(subjects()) == 1
    assert subjects()[0].startswith("SUN001 starts failing since")


def test_a_licence_that_ends_is_reported_once(world):
    rule(world, kinds=[AlertKind.LICENCE])
    find(world, at=NOON)
    Licence.objects.update(state="active", expires_on=NOON.date() + timedelta(days=10))
    look(at=NOON)
    look(at=NOON + MINUTE)

    assert subjects() == ["SUN001 licence ends on 20 March 2026 – Sunset 1"]
