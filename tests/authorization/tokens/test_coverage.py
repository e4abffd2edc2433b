"""Where a token works and where it does not: the decision chain run at every charger, grouped by property."""

import pytest

from authorization.models import AccessRule, Token, TokenGroup
from tests.kit.groups_pages import address, text_of
from tests.kit.world import make_charger

pytestmark = pytest.mark.django_db


def test_it_shows_which_cards_lose_which_chargers_before_it_deletes(world, client_of):
    second = make_charger(world.site, "CP2", station_id="SUN002")
    third = make_charger(world.site, "CP3", station_id="SUN003")
    also = TokenGroup.objects.create(host=world.host, slug="also", name="Also")
    also.chargers.add(world.charger)
    for number in range(3):
        token = Token.objects.create(host=world.host, uid=f"C{number}", canonical_uid=f"C{number}")
        token.groups.add(world.group, also)
        AccessRule.objects.create(token=token, charger=second)
    off = TokenGroup.objects.create(host=world.host, slug="off", name="Off", enabled=False)
    off.properties.add(world.site)
    everywhere = Token.objects.create(host=world.host, uid="ALL", canonical_uid="ALL")
    everywhere.groups.add(world.group, off)
    AccessRule.objects.create(token=everywhere, property=world.site)

    response = client_of(world.owner).get(address(world.group, "delete"))

    closing = response.context["closing"]
    assert closing.cards == 4  # the member loses all three, the others the third; ALL loses nothing
    assert closing.chargers == [world.charger, second, third]
    assert "4 cards lose 3 chargers" in text_of(response)
    assert TokenGroup.objects.filter(pk=world.group.pk).exists()


def test_it_costs_no_more_queries_for_more_cards(world, client_of, django_assert_max_num_queries):
    for number in range(30):
        token = Token.objects.create(host=world.host, uid=f"C{number}", canonical_uid=f"C{number}")
        token.groups.add(world.group)
    client = client_of(world.owner)

    with django_assert_max_num_queries(14):
        client.get(address(world.group, "delete"))
