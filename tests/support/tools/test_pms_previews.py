"""What completing the link to a property system would do."""

import pytest

from authorization.models import PmsConnection, PmsListing
from authorization.pms.connections import Target
from chargers.models import Unit
from support.models import Ticket
from support.tools import pms_previews
from support.tools.case import NotPossibleError, TicketContext
from support.tools.pms_previews import ChosenConnection
from tests.kit.connected_systems import connected, fail, guesty
from tests.kit.drivers import NOW
from tests.kit.tickets import opened
from tests.kit.world import World

__all__ = ["guesty"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def case(world: World) -> TicketContext:
    ticket = opened()
    Ticket.objects.filter(pk=ticket.pk).update(host=world.host)
    ticket.refresh_from_db()
    return TicketContext(ticket, by=world.agent, now=NOW)


def test_it_says_what_is_missing(world: World, case: TicketContext):
    assert pms_previews.obstacle(TicketContext(opened(), by=world.agent, now=NOW)).startswith(
        "The ticket names no charger"
    )
    assert "has connected no property system" in pms_previews.obstacle(case)
    connected(world, "Our Guesty")
    assert pms_previews.obstacle(case) == ""


def test_those_in_trouble_come_first(world: World, case: TicketContext, guesty: PmsConnection):
    failing = connected(world, "Zebra")
    fail(failing)

    assert list(pms_previews.of_case(case)) == [failing, guesty]


def test_listings_without_a_unit_come_first(world: World, case: TicketContext, guesty: PmsConnection):
    PmsListing.objects.create(connection=guesty, key="a", name="A", property=world.site, added_at=NOW)
    PmsListing.objects.create(connection=guesty, key="b", name="B", added_at=NOW)

    assert [listing.name for listing in pms_previews.listings(case)] == ["Apartment 2B", "B", "A"]


def test_the_state_names_what_fails_and_who_repairs_it(case: TicketContext, guesty: PmsConnection):
    fail(guesty)
    guesty.refresh_from_db()

    says = " ".join(pms_previews.state(case, guesty))

    assert "It fails since" in says
    assert "Guesty refused the credentials (401)." in says
    assert "Listings without a unit: Apartment 2B." in says


def test_of_many_listings_five_are_named(case: TicketContext, guesty: PmsConnection):
    for number in range(9):
        PmsListing.objects.create(connection=guesty, key=str(number), name=f"Room {number}", added_at=NOW)

    assert pms_previews.state(case, guesty)[-1].endswith("Room 3 and others.")


def test_one_that_was_never_read_says_so(world: World, case: TicketContext):
    assert "never read so far" in pms_previews.state(case, connected(world, "New"))[0]


def test_a_paused_one_is_not_read(case: TicketContext, guesty: PmsConnection):
    guesty.is_enabled = False

    assert "It is paused: nothing is read." in pms_previews.state(case, guesty)
    with pytest.raises(NotPossibleError, match="is paused by the host"):
        pms_previews.sync(case, ChosenConnection(guesty, None, None))


def test_mapping_says_what_follows(world: World, case: TicketContext, guesty: PmsConnection):
    unit = Unit.objects.create(property=world.site, slug="2b", name="Unit 2B")
    listing = guesty.listings.get()

    alone = pms_previews.sync(case, ChosenConnection(guesty, None, None))
    mapped = pms_previews.sync(case, ChosenConnection(guesty, listing, Target(world.site, unit)))

    assert (alone.button, mapped.button) == ("Sync now", "Map and sync")
    assert "“Apartment 2B” becomes Sunset 1, Unit 2B." in mapped.says
    assert "Its 3 bookings that wait become stays there." in mapped.says
    assert (mapped.warns, alone.stamp != mapped.stamp) == ((), True)


def test_mapping_to_the_same_is_refused_and_to_another_warned_of(
    world: World, case: TicketContext, guesty: PmsConnection
):
    unit = Unit.objects.create(property=world.site, slug="2b", name="Unit 2B")
    PmsListing.objects.update(property=world.site)
    listing = guesty.listings.select_related("property", "unit").get()

    with pytest.raises(NotPossibleError, match="is all of Sunset 1 already"):
        pms_previews.sync(case, ChosenConnection(guesty, listing, Target(world.site)))
    [warning] = pms_previews.sync(case, ChosenConnection(guesty, listing, Target(world.site, unit))).warns
    assert warning.startswith("It is all of Sunset 1 now")
