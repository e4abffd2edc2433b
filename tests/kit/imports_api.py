"""What the tests of api.groups, api.imports, api.reimbursements, api.stays and roaming.api share."""

import pytest

from authorization.models import (
    ApiKey,
)
from tests.kit.callers import Callers
from tests.kit.world import World

UID = "04FFEE0042"
STAY = {
    "property": "sunset-1",
    "guest_name": "Robin",
    "arrives_at": "2026-07-03T15:00:00-04:00",
    "departs_at": "2026-07-05T11:00:00-04:00",
}


@pytest.fixture
def prefix(callers: Callers, world: World) -> str:
    return f"api:{ApiKey.objects.get(host=world.host).prefix}"


def paths(answer):
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json"), answer.json()
    return [error["path"] for error in answer.json()["errors"]]


def verdict(callers, uid=UID):
    told = callers.owner.post("chargers/CP1/decide/", {"uid": uid}).json()
    return told["reason"] or told["verdict"]
