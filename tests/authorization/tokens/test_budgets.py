"""Budgets of cards and groups: what counts for a card, what a group has used, and which cards have used up theirs."""

from datetime import date, timedelta

import pytest

from authorization.models import Budget, Token, TokenGroup
from authorization.tokens import budgets
from authorization.tokens.budgets import BudgetTerms, Scope
from chargers.models import Host, Property
from tests.kit import budgets as kit
from tests.kit.budgets import MARCH

UID = "04A1B2C3D4"
LATER = MARCH + timedelta(hours=3)


@pytest.fixture
def other(world):
    card = Token.objects.create(host=world.host, uid="04FFEE0002", canonical_uid="04FFEE0002")
    card.groups.add(world.group)
    return card


def told(world, *groups):
    uses = budgets.load_for_card(world.member, groups=groups, now=LATER)
    return [(use.budget.group, str(use.facts)) for use in uses]


def test_storing_it_again_replaces_limit_and_unit(world):
    budgets.store_for(world.member, Scope.CARD, BudgetTerms(limit_wh=20_000))
    budgets.store_for(world.member, Scope.CARD, BudgetTerms(limit_minor=4000, stops_sessions=True))
    budgets.store_for(world.group, Scope.GROUP, BudgetTerms(limit_wh=1))

    own, joint = Budget.objects.order_by("pk")
    assert (own.limit_wh, own.limit_minor, own.currency, own.stops_sessions) == (None, 4000, "USD", True)
    assert (joint.group, joint.scope, joint.limit) == (world.group, "group", 1)
    assert budgets.find(world.member) == own
    assert budgets.find(world.group) is None


def test_the_cards_own_budget_is_told_instead_of_its_groups(world):
    staff = TokenGroup.objects.create(host=world.host, slug="staff", name="Staff")
    kit.limit(world.group, kwh=20)
    kit.limit(staff, kwh=500, scope="group")
    kit.use(world.charger, UID, wh=1500)
    assert told(world, world.group, staff) == [(world.group, "1.5 of 20 kWh"), (staff, "0 of 500 kWh")]
    assert told(world) == []

    kit.limit(world.member, kwh=5)

    assert told(world, world.group, staff) == [(None, "1.5 of 5 kWh")]


def test_a_group_tells_each_cards_use_and_the_joint_one(world, other):
    kit.limit(world.group, kwh=20)
    kit.limit(world.group, kwh=100, scope="group")
    kit.limit(other, kwh=3)
    kit.use(world.charger, UID, wh=20_000, at=MARCH - timedelta(days=1))
    kit.use(world.charger, other.uid, wh=1000)

    of_group = budgets.load_for_group(world.group, now=LATER)

    assert of_group.month == date(2026, 3, 1)
    assert {pk: str(use.facts) for pk, use in of_group.by_token.items()} == {
        world.member.pk: "20 of 20 kWh",
        other.pk: "1 of 3 kWh",
    }
    assert (of_group.exhausted_count, str(of_group.joint.facts)) == (1, "21 of 100 kWh")
    assert not of_group.has_amounts


def test_it_finds_the_cards_that_have_used_up_theirs(world, other):
    third = Token.objects.create(host=world.host, uid="04FFEE0003", canonical_uid="04FFEE0003")
    staff = TokenGroup.objects.create(host=world.host, slug="staff", name="Staff")
    kit.limit(world.group, kwh=20)
    kit.limit(third, kwh=1)
    for day, card in enumerate((world.member, other, third)):
        kit.use(world.charger, card.uid, wh=20_000, at=MARCH - timedelta(days=day))

    def found():
        return budgets.find_exhausted_cards([world.host], now=LATER)

    assert found() == {world.member.pk, other.pk, third.pk}
    other.groups.add(staff)
    assert found() == {world.member.pk, third.pk}
    staff.enabled = False
    staff.save()
    assert found() == {world.member.pk, other.pk, third.pk}
    assert budgets.find_exhausted_cards(Host.objects.exclude(pk=world.host.pk), now=LATER) == set()


def test_the_month_is_that_of_the_zone_that_the_hosts_properties_share(world):
    assert budgets.find_month_of_host(world.host, now=MARCH.replace(month=4, day=1, hour=2)) == date(2026, 3, 1)

    Property.objects.create(host=world.host, slug="b", name="Berlin", time_zone="Europe/Berlin")

    assert budgets.find_month_of_host(world.host, now=MARCH.replace(month=4, day=1, hour=2)) == date(2026, 4, 1)


def test_a_group_without_a_budget_costs_one_question(world, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert budgets.load_for_group(world.group, now=LATER).by_token == {}
