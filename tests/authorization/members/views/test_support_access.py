"""Settings > Support access: which personal data agents asked to see, may see, and opened."""

from django.test import Client

from authorization.models import DataGrant
from tests.kit.admin import client, enrolled
from tests.kit.masking import Clients, grant, ticket
from tests.kit.world import World

__all__ = ["client", "enrolled", "grant", "ticket"]
VALUES = {"scope": "sessions", "hours": "4"}
PORTAL = "/settings/support-access/sunset/"


def test_nobody_but_an_owner_answers(client: Client, grant: DataGrant, client_of: Clients, world: World):
    posted = {"grant": str(grant.pk), "do": "approve"}
    for viewer in (client, client_of(world.teammate), client_of(world.stranger)):
        assert viewer.post(PORTAL, posted).status_code == 404

    grant.refresh_from_db()
    assert grant.approved_at is None
