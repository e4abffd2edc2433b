"""What the tests of guest.car and views.autocharge share."""

from datetime import UTC, datetime

import pytest

from authorization.models import Vehicle
from tests.kit import charging

CAR = "VID:AABBCC112233"


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def car(world):
    now = datetime.now(tz=UTC)
    return Vehicle.objects.create(
        host=world.host,
        uid=CAR,
        canonical_uid=CAR,
        state="suspended",
        token=world.member,
        first_seen_at=now,
        seen_at=now,
        seen_by=world.charger,
    )


@pytest.fixture
def session(world, car):
    version = charging.make_rate(world.host)
    charging.assign(version, world.site, "member")
    session = charging.charge(world.charger, uid=world.member.uid)
    Vehicle.objects.update(paired_by=session.transaction)
    return session
