"""Grants open one thing each, and say which."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from authorization.models import AccessRule, Stay
from chargers.models import Unit
from tests.kit.world import World

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_a_rule_says_what_it_opens(world: World):
    unit = Unit.objects.create(property=world.site, slug="2b", name="2B")

    assert str(AccessRule(token=world.member, charger=world.charger)) == "SUN-1 at SUN001"
    assert str(AccessRule(token=world.member, unit=unit)) == f"SUN-1 at {unit}"
    assert str(AccessRule(token=world.member, property=world.site)) == f"SUN-1 at {world.site}"


@pytest.mark.parametrize("opens", [(), ("property", "charger")])
def test_a_rule_that_opens_nothing_or_two_things_is_not_stored(world: World, opens: tuple[str, ...]):
    places = {"property": world.site, "charger": world.charger}

    with pytest.raises(IntegrityError, match="accessrule_opens_one_thing"), transaction.atomic():
        AccessRule.objects.create(token=world.member, **{name: places[name] for name in opens})


def test_a_stay_is_named_by_its_guest_or_by_its_code(world: World):
    assert str(Stay(property=world.site, guest_name="Kim", reference="HM1")) == f"Kim at {world.site}"
    assert str(Stay(property=world.site, reference="HM1")) == f"HM1 at {world.site}"


def test_a_stay_ends_after_it_begins(world: World):
    with pytest.raises(IntegrityError, match="stay_departs_after_arrival"), transaction.atomic():
        Stay.objects.create(property=world.site, arrives_at=NOON, departs_at=NOON - timedelta(hours=1))
