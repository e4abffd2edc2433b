"""The REST API about who pays which rate, and where."""

from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry
from billing.pricing.rates import resolver
from billing.pricing.rates.resolver import Payer
from tests.kit.callers import Callers, rate
from tests.kit.world import World
from tests.kit.writes_api import prefix

__all__ = ["prefix", "rate"]
pytestmark = pytest.mark.django_db


def test_it_assigns_a_rate_and_takes_it_away_again(callers: Callers, world: World, rate, prefix: str):
    wanted = {"rate": rate.rate_id, "property": "sunset-1", "charger": "CP1", "audience": "member"}

    made = callers.owner.post("rate-assignments/", wanted)
    again = callers.owner.post("rate-assignments/", wanted)
    resolved = resolver.resolve(world.charger, driver=Payer(audience="member"), at=datetime.now(tz=UTC))
    gone = callers.owner.delete(f"rate-assignments/{made.json()['id']}/")

    assert (made.status_code, again.status_code, gone.status_code) == (201, 200, 204)
    assert made.json() == again.json()
    assert made.json() == made.json() | wanted
    assert resolved.version == rate
    assert resolver.resolve(world.charger, driver=Payer(audience="member"), at=datetime.now(tz=UTC)).version is None
    assert [(entry.actor, entry.verb) for entry in AuditEntry.objects.order_by("id")] == [
        (prefix, "rate.assigned"),
        (prefix, "rate.unassigned"),
    ]


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"rate": 999_999}, "rate"),
        ({"rate": 2**40}, "rate"),
        ({"property": "lakeside-1"}, "property"),
        ({"charger": "CP9"}, "charger"),
        ({"audience": "everybody"}, "audience"),
    ],
)
def test_it_assigns_nothing_to_what_is_not_there(callers: Callers, rate, change, at):
    wanted = {"rate": rate.rate_id, "property": "sunset-1", "audience": "member"} | change

    answer = callers.owner.post("rate-assignments/", wanted)

    assert answer.status_code == 400
    assert [error["path"] for error in answer.json()["errors"]] == [at]
