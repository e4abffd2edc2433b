"""Join codes by the API: made, answered, stopped; a key signs no invitation and sees no other host's."""

import pytest

from billing.models import Join, JoinCode
from billing.sessions.join_codes import acts, codes
from billing.sessions.join_codes.codes import WantedCode
from billing.sessions.join_codes.joins import Resident
from tests.kit.callers import Callers
from tests.kit.drivers import NOW, driver_of
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_a_key_makes_a_code_and_answers_who_used_it(world: World, callers: Callers):
    made = callers.owner.post("join-codes/", {"name": "Lobby", "groups": ["residents"], "property": "sunset-1"})
    assert made.status_code == 201
    code = JoinCode.objects.get()
    assert made.json()["code"] == code.formatted()
    assert made.json()["url"].endswith(f"/join/{code.formatted()}/")
    acts.join(code, driver_of(), Resident(name="Kim", uid="04FFEE0042"), now=NOW)

    [asked] = callers.owner.get("joins/", state="open", join_code=str(code.pk)).json()["results"]
    assert (asked["name"], asked["uid"], asked["token"]) == ("Kim", "04FFEE0042", None)
    answer = f"joins/{asked['id']}/answer/"
    assert callers.stranger.post(answer, {"do": "approve"}).status_code == 404
    approved = callers.owner.post(answer, {"do": "approve", "answer": "Welcome"}).json()
    assert approved["state"] == "joined"
    assert approved["token"] == world.group.tokens.get(canonical_uid="04FFEE0042").pk
    assert callers.owner.post(answer, {"do": "decline"}).status_code == 400
    assert callers.owner.post(answer, {"do": "remove"}).json()["state"] == "removed"

    stopped = callers.owner.post(f"join-codes/{code.pk}/stop/", {}).json()
    assert stopped["stopped_at"]
    assert callers.stranger.get(f"join-codes/{code.pk}/").status_code == 404


def test_a_key_signs_no_invitation(world: World, callers: Callers):
    code = codes.make(world.host, WantedCode(name="Staff", role="operator"), now=NOW)
    asked = acts.ask_for_role(code, name="Jo", email="jo@example.com", note="", now=NOW)

    answer = callers.owner.post(f"joins/{asked.pk}/answer/", {"do": "approve"})

    assert answer.status_code == 400
    assert "a person approves it in the portal" in answer.json()["errors"][0]["message"]
    assert Join.objects.get().state == "open"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"name": "x"}, "groups"),
        ({"name": "x", "groups": ["nobody"]}, "groups"),
        ({"name": "x", "groups": ["residents"], "ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ({"name": "x", "role": "owner"}, "role"),
        ({"name": "x", "role": "operator"}, "role"),
    ],
)
def test_it_names_what_is_wrong(callers: Callers, world: World, body, path):
    answer = callers.owner.post("join-codes/", body)

    assert answer.status_code == 400
    assert [error["path"] for error in answer.json()["errors"]] == [path]
