"""Who decides about a charger's back offices, and which of them count for it."""

import pytest
from django.http import Http404
from django.test import RequestFactory

from chargers.models import Upstream
from chargers.pages import proxy
from tests.kit.world import World, make_charger

pytestmark = pytest.mark.django_db


def managed(world: World, person: str) -> proxy.Frame:
    request = RequestFactory().get("/chargers/CP1/proxy/")
    request.user = getattr(world, person)
    return proxy.get_managed_frame(request, "CP1")


def test_who_manages_the_host_decides(world: World):
    assert managed(world, "owner").charger == world.charger
    assert managed(world, "agent").charger == world.charger


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_for_others_the_page_is_not_there(world: World, person: str):
    with pytest.raises(Http404):
        managed(world, person)


def test_only_those_that_count_for_the_charger_are_found(world: World):
    other = make_charger(world.site, "CP2", station_id="SUN002")
    of_property = Upstream.objects.create(name="Data", url="wss://a.example", property=world.site)
    of_other = Upstream.objects.create(name="Partner", url="wss://b.example", charger=other)
    frame = managed(world, "owner")

    assert proxy.row_of(frame, of_property.pk) == of_property
    for key in (of_other.pk, 0):
        with pytest.raises(Http404):
            proxy.row_of(frame, key)
