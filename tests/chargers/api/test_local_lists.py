"""The REST API about local lists: what a charger knows of cards by itself."""

import pytest

from chargers.models import Charger, Command
from tests.kit.callers import Callers
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_lists_certificates_and_power(callers: Callers, world: World):
    assert callers.owner.patch("chargers/CP1/local-list/", {"choice": "on"}).json()["kept"] is True
    assert callers.owner.post("chargers/CP1/local-list/push/", {}).status_code == 200
    assert callers.owner.post("chargers/CP1/local-list/clear-cache/", {}).status_code == 200
    assert callers.owner.delete("chargers/CP1/local-list/").json()["kept"] is False
    assert callers.stranger.post("chargers/CP1/local-list/push/", {}).status_code == 404
    assert callers.owner.put("properties/sunset-1/local-lists/", {"keeps": True}).json() == {"keeps": True}

    asked = callers.owner.post("chargers/CP1/certificates/renew/", {})
    assert (asked.status_code, asked.json()["command"]) == (202, str(Command.objects.latest("created_at").pk))
    assert callers.owner.get("chargers/CP1/certificates/").json() == {"results": []}
    assert callers.owner.post("chargers/CP1/certificates/1/revoke/", {}).status_code == 404

    assert callers.owner.patch("properties/sunset-1/power/", {"enabled": True}).status_code == 400
    assert callers.owner.patch("properties/sunset-1/power/", {"amount": "5"}).status_code == 400
    outlet = {"charger": "CP1", "evse": 1, "priority": 1}
    shared = callers.owner.patch("properties/sunset-1/power/", {"enabled": True, "amount": "40", "outlets": [outlet]})
    assert (shared.json()["amount"], shared.json()["outlets"][0]["priority"]) == ("40.0", 1)
    assert callers.stranger.get("properties/sunset-1/power/").status_code == 404
    assert Charger.objects.get(pk=world.charger.pk).property.power_limit.enabled
