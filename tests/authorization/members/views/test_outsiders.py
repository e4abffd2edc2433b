"""People > outsiders: let in for a while, to all or to one place; extended, or ended now."""

import pytest

from authorization.models import AccessGrant
from tests.kit.people_pages import let_in
from tests.kit.world import World

pytestmark = pytest.mark.fresh_log_in
PEOPLE = "/people/sunset/"
NEW = "kim@example.com"


def test_it_lets_nobody_in_to_what_is_not_the_hosts(world: World, client_of):
    response = let_in(client_of(world.stranger))
    foreign = client_of(world.stranger).post(
        "/people/lakeside/outsiders/add/",
        {"email": NEW, "kind": "support", "place": "charger:CP1", "reason": "x"},
    )

    assert (response.status_code, foreign.status_code) == (404, 200)
    assert not AccessGrant.objects.exists()
