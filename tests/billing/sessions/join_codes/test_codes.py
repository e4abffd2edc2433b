"""Join codes: made, found in any spelling, stopped; and why one admits nobody."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from billing.models import Join, JoinCode
from chargers.models import Property
from tests.kit.drivers import text_of
from tests.kit.joining import _forgotten
from tests.kit.logging_in import after_log_in

__all__ = ["_forgotten"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)


def test_a_code_promises_only_what_it_opens(world, client_of):
    owner = after_log_in(world.owner)
    bluff = Property.objects.create(host=world.host, slug="bluff", name="Bluff House", time_zone="America/New_York")
    said = {"name": "Lobby", "property": "bluff", "groups": ["residents"], "most": "1"}

    assert "“Residents” opens no charger of Bluff House" in text_of(owner.post("/settings/join-codes/sunset/", said))
    world.group.properties.add(bluff)
    assert "Charge your car at Bluff House" in text_of(owner.post("/settings/join-codes/sunset/", said, follow=True))
    code = JoinCode.objects.get()
    Join.objects.create(code=code, email="other@example.com", asked_at=NOW)
    world.group.properties.remove(bluff)

    page = text_of(owner.get(f"/settings/join-codes/code/{code.pk}/"))
    assert "Charge your car at Sunset 1" in page
    assert "None of Bluff House" in page
    assert "0 joined, 1 waiting, of 1" in page
    assert "Join Sunset 1" in text_of(Client().get(f"/join/{code.formatted()}/"))
