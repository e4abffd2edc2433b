"""Whose people and settings somebody sees, and whose they change."""

from datetime import timedelta

import pytest
from django.http import Http404

from authorization.models import AccessGrant
from authorization.people import visible_hosts
from tests.kit.drivers import NOW
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def sees(world: World, person: str) -> bool:
    try:
        return visible_hosts.visible(getattr(world, person), "sunset") == world.host
    except Http404:
        return False


def changes(world: World, person: str) -> bool:
    try:
        return visible_hosts.changeable(getattr(world, person), "sunset") == world.host
    except Http404:
        return False


@pytest.mark.parametrize(
    ("person", "may_see", "may_change"),
    [("owner", True, True), ("teammate", True, False), ("stranger", False, False)],
)
def test_members_see_their_host_and_owners_change_its_people(
    world: World, person: str, may_see: bool, may_change: bool
):
    assert (sees(world, person), changes(world, person)) == (may_see, may_change)


def test_an_outsider_with_a_grant_is_no_member(world: World):
    AccessGrant.objects.create(
        user=world.stranger,
        host=world.host,
        property=world.site,
        role="manager",
        granted_at=NOW - timedelta(days=1),
        ends_at=NOW + timedelta(days=1),
    )

    assert not sees(world, "stranger")


def test_a_host_that_there_is_not_is_not_found(world: World):
    with pytest.raises(Http404):
        visible_hosts.visible(world.owner, "nowhere")
