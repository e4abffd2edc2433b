"""What the tests of acts.sessions and its neighbours share."""

import re

import pytest

from chargers.models import Property
from tests.kit import charging


@pytest.fixture
def priced(world):
    Property.objects.update(access="guest")
    world.charger.property.refresh_from_db()
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    return world


def page(client, session):
    return client.get(f"/sessions/{session.pk}/").content.decode()


def moments(client, session):
    """What the page loads below: what happened, by kind."""
    return client.get(f"/support/sessions/{session.pk}/", headers={"HX-Request": "true"}).content.decode()


def plain(text):
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())
