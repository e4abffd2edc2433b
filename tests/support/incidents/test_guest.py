"""A host's status page, for everybody where the host wants it."""

import pytest
from django.test import Client

from authorization.models import AuditEntry
from tests.kit.world import World

pytestmark = pytest.mark.django_db
PAGE, SETTINGS = "/status/sunset/", "/settings/status-page/sunset/"


def test_it_is_off_until_the_host_turns_it_on(world: World, client_of):
    owner = client_of(world.owner)
    assert Client().get(PAGE).status_code == 404
    assert Client().get("/status/nobody/").status_code == 404

    owner.post(SETTINGS, {"public": "yes"})
    assert Client().get(PAGE).status_code == 200
    assert Client().get("/status/lakeside/").status_code == 404
    owner.post(SETTINGS, {"public": "no"})
    owner.post(SETTINGS, {"public": "no"})
    assert Client().get(PAGE).status_code == 404
    assert list(AuditEntry.objects.order_by("at").values_list("verb", flat=True)) == [
        "status_page.published",
        "status_page.withdrawn",
    ]
    assert client_of(world.teammate).post(SETTINGS, {"public": "yes"}).status_code == 404
