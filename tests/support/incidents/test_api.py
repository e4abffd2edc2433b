"""The REST API about a host's public status page."""

import pytest
from django.test import Client

from tests.kit.callers import Callers
from tests.kit.world import World

pytestmark = pytest.mark.django_db
PAGE, SETTINGS = "/status/sunset/", "/settings/status-page/sunset/"


def test_the_api_turns_it_on_and_off(world: World, callers: Callers):
    at = "hosts/sunset/status-page/"

    assert callers.owner.get(at).json() == {"is_public": False, "url": PAGE}
    assert callers.owner.put(at, {"is_public": True}).json()["is_public"] is True
    assert Client().get(PAGE).status_code == 200
    assert callers.stranger.get(at).status_code == 404
