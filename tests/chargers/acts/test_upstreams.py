"""A charger's back offices, arranged by a person: connected, edited, paused, made Leader, disconnected."""

import pytest

from chargers.lib import secrets
from chargers.models import Upstream
from tests.kit.callers import Callers
from tests.kit.fleet_api import verbs
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_back_offices_are_connected_led_paused_and_disconnected(callers: Callers, world: World):
    new = {"name": "Partner", "url": "wss://ocpp.example/", "role": "follower", "password": " secret "}
    made = callers.owner.post("chargers/CP1/proxy/", new)
    row = Upstream.objects.get()
    at = f"chargers/CP1/proxy/{row.pk}/"
    assert (made.status_code, made.json()["upstreams"][0]["id"]) == (201, row.pk)
    assert "secret" not in made.text
    assert callers.owner.post("chargers/CP1/proxy/", {**new, "name": "us"}).status_code == 400
    assert callers.owner.post("chargers/CP1/proxy/", {**new, "url": "https://x"}).status_code == 400

    assert callers.owner.patch(at, {"url": "wss://new.example/"}).json()["upstreams"][0]["url"] == "wss://new.example/"
    row.refresh_from_db()
    assert secrets.decrypt(row.password_encrypted) == " secret "
    assert callers.owner.put(f"{at}commands/", {"allowed": ["Nothing"]}).status_code == 400
    assert callers.owner.put(f"{at}commands/", {"allowed": []}).status_code == 200
    assert callers.owner.post(f"{at}leader/", {}).json()["leader"] == "Partner"
    assert callers.owner.post(f"{at}leader/", {"by_us": True}).json()["leader"] == "us"
    assert callers.owner.post(f"{at}pause/", {}).json()["upstreams"][0]["state"] == "paused"
    assert callers.owner.delete(f"{at}pause/").json()["upstreams"][0]["state"] != "paused"
    assert callers.owner.patch("chargers/CP1/proxy/", {"limit_s": 9}).json()["limit_s"] == 9
    trial = callers.owner.post(f"{at}test/", {}).json()
    assert (trial["connects"], trial["sentence"][:8]) == (False, "Partner ")
    assert callers.stranger.delete(at).status_code == 404
    assert callers.owner.delete(at).status_code == 204
    assert not Upstream.objects.exists()
    assert verbs()[0] == "upstream.connected"
    assert verbs()[-2:] == ["upstream.tested", "upstream.disconnected"]
