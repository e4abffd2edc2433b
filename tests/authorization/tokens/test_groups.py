"""What the cards of a local group lose without it, and the address of a new one."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AccessRule, Token, TokenGroup
from authorization.tokens import groups
from chargers.models import Charger, Unit
from tests.kit.world import World, make_charger

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Team", "team"), ("Residents", "residents-2"), ("Add", "add-2"), ("★", "group"), ("x" * 80, "x" * 46)],
)
def test_a_new_group_gets_an_address_that_is_free(world: World, name: str, slug: str):
    assert groups.free_slug(world.host, name) == slug


def test_it_counts_on_from_the_addresses_that_are_taken(world: World):
    TokenGroup.objects.create(host=world.host, slug="residents-2", name="Residents")

    assert groups.free_slug(world.host, "Residents") == "residents-3"
    assert groups.free_slug(world.stranger.memberships.get().host, "Residents") == "residents"


def lost(world: World) -> tuple[int, list[Charger]]:
    closing = groups.closing(world.group, now=NOON)
    return closing.cards, closing.chargers


def test_without_the_group_its_cards_lose_the_chargers_that_it_opens(world: World):
    second = make_charger(world.site, "CP2", station_id="SUN002")
    Charger.objects.filter(pk=make_charger(world.site, "CP3", station_id="SUN003").pk).update(retired_at=NOON)

    assert lost(world) == (1, [world.charger, second])


def test_a_group_that_is_off_or_empty_takes_nothing(world: World):
    world.member.groups.clear()
    assert lost(world) == (0, [])
    world.member.groups.add(world.group)
    world.group.enabled = False
    assert lost(world) == (0, [])


@pytest.mark.parametrize("is_enabled", [True, False])
def test_what_another_group_opens_is_not_lost_while_that_is_on(world: World, is_enabled: bool):
    other = TokenGroup.objects.create(host=world.host, slug="team", name="Team", enabled=is_enabled)
    other.chargers.add(world.charger)
    world.member.groups.add(other)
    Token.objects.create(host=world.host, uid="04FF", canonical_uid="04FF").groups.add(world.group)

    assert lost(world) == ((1 if is_enabled else 2), [world.charger])


@pytest.mark.parametrize(
    ("span", "is_lost"),
    [
        ({}, False),
        ({"active_from": NOON - DAY, "active_to": NOON + DAY}, False),
        ({"active_to": NOON}, True),
        ({"active_from": NOON + DAY}, True),
    ],
)
def test_a_direct_grant_that_holds_now_keeps_its_card_in(world: World, span: dict, is_lost: bool):
    AccessRule.objects.create(token=world.member, property=world.site, **span)

    assert lost(world) == ((1, [world.charger]) if is_lost else (0, []))


def test_a_grant_of_a_unit_keeps_the_chargers_of_that_unit(world: World):
    unit = Unit.objects.create(property=world.site, slug="2b", name="2B")
    second = make_charger(world.site, "CP2", station_id="SUN002")
    Charger.objects.filter(pk=second.pk).update(unit=unit)
    AccessRule.objects.create(token=world.member, unit=unit)

    assert lost(world) == (1, [world.charger])


def test_a_schedule_is_said_in_words(world: World):
    assert groups.windows(world.group) == []
    world.group.schedule = [{"days": ["MON", "TUE"], "from": "08:00", "to": "18:00"}]
    [words] = groups.windows(world.group)
    assert "08:00" in words
