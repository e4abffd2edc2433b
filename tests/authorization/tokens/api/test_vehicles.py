"""The REST API about cars that may start by themselves: which, who pays, and who agreed."""

from datetime import UTC, datetime

import pytest

from authorization.models import Vehicle
from tests.kit.callers import Callers
from tests.kit.world import World

pytestmark = pytest.mark.django_db
AT = datetime.now(tz=UTC).replace(microsecond=0)


def test_a_car_starts_by_itself_once_its_driver_agreed(callers: Callers, world: World):
    car = Vehicle.objects.create(
        host=world.host, uid="VID:AABBCCDDEEFF", canonical_uid="VID:AABBCCDDEEFF", first_seen_at=AT, seen_at=AT
    )
    at = f"vehicles/{car.pk}/"
    assert callers.owner.post(f"{at}enable/", {"consent": "Kim agreed"}).status_code == 409
    assert callers.owner.put(f"{at}payer/", {"uid": "04:99:99:99:99"}).status_code == 409
    assert callers.owner.put(f"{at}payer/", {"uid": "04:A1:B2:C3:D4"}).json()["token"] == world.member.pk
    enabled = callers.owner.post(f"{at}enable/", {"consent": "Kim agreed"}).json()
    assert (enabled["state"], enabled["consent_by"][:4]) == ("enabled", "api:")
    assert callers.owner.patch(at, {"name": "Blue one"}).json()["name"] == "Blue one"
    assert callers.owner.post(f"{at}suspend/", {}).json()["state"] == "suspended"
    assert callers.stranger.delete(at).status_code == 404
    assert callers.owner.delete(at).status_code == 204
