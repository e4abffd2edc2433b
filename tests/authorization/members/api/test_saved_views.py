"""The REST API about saved views of the list of chargers: those of the person for whom the key acts."""

import pytest

from authorization.models import ApiKey, SavedView
from tests.kit.callers import Api, Callers
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_views_are_those_of_the_person_for_whom_the_key_acts(callers: Callers, world: World):
    assert callers.owner.get("saved-views/").status_code == 403
    mine = Api(str(ApiKey.objects.create_key(name="x", host=world.host, made_by=world.owner)[1]))
    view = mine.post("saved-views/", {"name": "Broken", "query": "state=faulted", "host": "sunset"}).json()
    assert (view["mine"], view["host"]) == (True, "sunset")
    assert mine.post("saved-views/", {"name": "x", "host": "lakeside"}).status_code == 400
    assert mine.patch(f"saved-views/{view['id']}/", {"name": "Faulted"}).json()["name"] == "Faulted"
    chosen = mine.patch("saved-views/preferences/", {"default": view["id"], "columns": ["state"]}).json()
    assert (chosen["default"], chosen["columns"], len(chosen["results"])) == (view["id"], ["state"], 1)
    hers = Api(str(ApiKey.objects.create_key(name="y", host=world.host, made_by=world.teammate)[1]))
    assert hers.get("saved-views/").json()["results"][0]["mine"] is False
    assert hers.patch(f"saved-views/{view['id']}/", {"name": "Hers"}).status_code == 404
    assert mine.delete(f"saved-views/{view['id']}/").status_code == 204
    assert not SavedView.objects.exists()
