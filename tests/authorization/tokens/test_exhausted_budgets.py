"""Used-up budgets: which cards a local list holds no more, and until when."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AccessRule, Token, TokenGroup
from authorization.tokens import exhausted_budgets, local_lists
from chargers.models import Property
from tests.kit import budgets as kit
from tests.kit.budgets import MARCH
from tests.kit.world import make_charger

UID, OTHER = "04A1B2C3D4", "04FFEE0002"
LATER = MARCH + timedelta(hours=3)


@pytest.fixture
def other(world):
    card = Token.objects.create(host=world.host, uid=OTHER, canonical_uid=OTHER)
    card.groups.add(world.group)
    return card


def listed(charger, *, now=LATER):
    return [entry.uid for entry in local_lists.cards(charger, now=now)]


def test_a_card_leaves_the_list_when_its_budget_is_used_up_and_comes_back_next_month(world, other):
    kit.limit(world.member, kwh=20)
    kit.use(world.charger, UID, wh=19_000, at=MARCH - timedelta(days=2))
    assert listed(world.charger) == [UID, OTHER]

    kit.use(world.charger, UID, wh=1000)

    assert listed(world.charger) == [OTHER]
    assert listed(world.charger, now=datetime(2026, 4, 1, 3, 59, tzinfo=UTC)) == [OTHER]
    assert listed(world.charger, now=datetime(2026, 4, 1, 4, 1, tzinfo=UTC)) == [UID, OTHER]


def test_of_a_group_only_the_card_that_has_used_up_its_share_leaves(world, other):
    kit.limit(world.group, kwh=20)
    kit.use(world.charger, UID, wh=20_000)

    assert listed(world.charger) == [OTHER]


def test_all_cards_leave_where_they_share_the_budget_but_those_with_one_of_their_own(world, other):
    kit.limit(world.group, kwh=20, scope="group")
    kit.limit(other, kwh=5)
    kit.use(world.charger, UID, wh=20_000)

    assert listed(world.charger) == [OTHER]


def test_another_group_or_a_direct_grant_keeps_the_card_on_the_list(world, other):
    kit.limit(world.group, kwh=1)
    for number, uid in enumerate((UID, OTHER)):
        kit.use(world.charger, uid, wh=2000, at=MARCH - timedelta(days=number))
    assert listed(world.charger) == []

    AccessRule.objects.create(token=other, charger=world.charger)
    staff = TokenGroup.objects.create(host=world.host, slug="staff", name="Staff")
    staff.chargers.add(world.charger)
    world.member.groups.add(staff)

    assert listed(world.charger) == [UID, OTHER]
    kit.limit(other, kwh=1)
    assert listed(world.charger) == [UID], "its own budget limits it wherever it is let in"


def test_each_charger_goes_by_the_calendar_of_its_property(world):
    berlin = Property.objects.create(host=world.host, slug="b", name="Berlin", time_zone="Europe/Berlin")
    world.group.properties.add(berlin)
    abroad = make_charger(berlin, "CP-B", station_id="BER001")
    kit.limit(world.member, kwh=20)
    kit.use(world.charger, UID, wh=20_000)
    at = datetime(2026, 3, 31, 23, 0, tzinfo=UTC)  # 1 April in Berlin

    exhausted = exhausted_budgets.find_by_charger([world.charger, abroad], now=at)

    assert exhausted[world.charger.pk].tokens == {world.member.pk}
    assert exhausted[abroad.pk].tokens == frozenset()


def test_hosts_without_a_budget_cost_one_question(world, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert exhausted_budgets.find_by_charger([world.charger], now=LATER) == {}
