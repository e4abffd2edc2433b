"""Doors that an agent opens for a ticket."""

from datetime import timedelta

import pytest

from authorization.models import AccessRequest, Token
from authorization.people.access import NotAllowedError
from authorization.visits import access_requests
from authorization.visits.access_requests import AnsweredError, Visitor
from authorization.visits.stays import StayDetails
from chargers.models import Charger, Property, Unit
from support.tools import access_previews
from support.tools.acts import access
from support.tools.case import NotPossibleError
from tests.kit.drivers import NOW
from tests.kit.world import World

pytestmark = pytest.mark.django_db
UNTIL = NOW + timedelta(days=1)
KIM = Visitor(name="Kim", message="Apartment 2B")


def test_a_visitor_gets_a_link_of_their_own(world: World):
    result = access.let_in(world.charger, KIM, access_request=None, until=UNTIL, by=world.agent, now=NOW)

    request = AccessRequest.objects.get()
    assert request.state == "granted"
    assert request.secret in result
    assert "Kim is let in at SUN001 until" in result


def test_a_request_that_waits_is_answered_and_no_other_is_made(world: World):
    asked = access_requests.request(world.charger, Visitor(name="Lee"), now=NOW)

    assert "Lee is let in" in access.let_in(
        world.charger, KIM, access_request=asked, until=UNTIL, by=world.agent, now=NOW
    )
    with pytest.raises(AnsweredError):
        access.let_in(world.charger, KIM, access_request=asked, until=UNTIL, by=world.agent, now=NOW)
    assert AccessRequest.objects.count() == 1


def test_who_may_not_let_in_leaves_no_request_behind(world: World):
    with pytest.raises(NotAllowedError):
        access.let_in(world.charger, KIM, access_request=None, until=UNTIL, by=world.stranger, now=NOW)

    assert not AccessRequest.objects.exists()


def test_the_same_reservation_is_entered_once(world: World):
    stay = StayDetails(property=world.site, unit=None, guest_name="Kim", arrives_at=NOW, departs_at=UNTIL)
    assert "is entered for the card" in access.enter_stay(stay, uid="04FF00FF", by=world.agent, now=NOW)

    with pytest.raises(NotPossibleError, match="there already"):
        access.enter_stay(stay, uid="04FF00FF", by=world.agent, now=NOW)


def test_a_card_joins_a_group(world: World):
    result = access.whitelist("04:ff:00:ff", group=world.group, owner="Kim", by=world.agent, now=NOW)

    assert Token.objects.get(canonical_uid="04FF00FF").groups.get() == world.group
    assert "is in the group “Residents”" in result


@pytest.mark.parametrize("has_unit", [True, False])
def test_a_charger_moves_once(world: World, has_unit: bool):
    beach = Property.objects.create(host=world.host, slug="beach", name="Beach", time_zone="UTC")
    unit = Unit.objects.create(property=beach, slug="2b", name="2B") if has_unit else None
    set_up = access_previews.build_moved_setup(world.charger, beach, unit)

    result = access.assign(world.charger, set_up, by=world.agent, now=NOW)

    assert result == f"SUN001 stands at {'Beach, 2B' if has_unit else 'Beach'} now."
    moved = Charger.objects.get()
    assert (moved.property, moved.unit) == (beach, unit)
    with pytest.raises(NotPossibleError, match="stands there already"):
        access.assign(moved, access_previews.build_moved_setup(moved, beach, unit), by=world.agent, now=NOW)
