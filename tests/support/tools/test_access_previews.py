"""What opening a door would do."""

from datetime import timedelta

import pytest

from authorization.models import Token
from authorization.visits import access_requests
from authorization.visits.access_requests import Visitor
from authorization.visits.stays import StayDetails
from chargers.models import Charger, Property, Unit
from support.tickets.lifecycle import Facts
from support.tools import access_previews
from support.tools.case import NotPossibleError, TicketContext
from tests.kit import charging
from tests.kit.bookings import connection
from tests.kit.drivers import NOW
from tests.kit.tickets import opened
from tests.kit.world import World

pytestmark = pytest.mark.django_db
UNTIL = NOW + timedelta(days=1)


@pytest.fixture
def case(world: World) -> TicketContext:
    facts = Facts(host=world.host, property=world.site, charger=world.charger)
    return TicketContext(opened(facts=facts), by=world.agent, now=NOW)


def ask(charger: Charger, email: str) -> None:
    access_requests.request(charger, Visitor(name="Kim", email=email), now=NOW)


def test_a_request_of_who_writes_is_answered_by_it(world: World, case: TicketContext):
    ask(world.charger, "lee@example.com")
    assert access_previews.open_request(case) is None
    ask(world.charger, "Kim@example.com")

    preview = access_previews.let_in(case, name="Kim", uid="04FF", until=UNTIL)

    assert any(sentence.startswith("This answers their request of") for sentence in preview.says)
    assert any(sentence.startswith("The card 04FF may charge there") for sentence in preview.says)
    assert preview.stamp == str(access_previews.open_request(case).pk)


def test_a_ticket_without_an_address_or_a_charger_has_no_request(world: World):
    ask(world.charger, "kim@example.com")

    assert access_previews.open_request(TicketContext(opened(), by=world.agent, now=NOW)) is None


def test_it_says_what_members_pay(world: World, case: TicketContext):
    free = access_previews.let_in(case, name="Kim", uid="", until=UNTIL)
    charging.assign(charging.make_rate(world.host), world.site, "member")
    priced = access_previews.let_in(case, name="Kim", uid="", until=UNTIL)

    assert free.says[-1] == "They pay nothing to us: members have no rate there."
    assert priced.says[-1] == "They pay what members pay there: “Plain”."
    assert (free.stamp, len(free.says)) == ("", 3)


@pytest.mark.parametrize("is_enabled", [True, False])
def test_a_stay_by_hand_warns_of_bookings_that_come_by_themselves(world: World, case: TicketContext, is_enabled: bool):
    connection(world.host, is_enabled=is_enabled)

    wanted = StayDetails(property=world.site, unit=None, guest_name="Kim", arrives_at=NOW, departs_at=UNTIL)

    preview = access_previews.stay(case, wanted, uid="04FF")

    assert any("come by themselves" in sentence for sentence in preview.says) is is_enabled


def test_a_card_that_is_new_or_blocked_or_in_a_group_that_is_off_is_told(world: World, case: TicketContext):
    new = access_previews.whitelist(case, uid="04ff", group=world.group)
    assert "The card 04FF joins the group “Residents” of Sunset Stays." in new.says
    assert "The group opens Sunset 1." in new.says
    assert (new.says[-1], new.warns) == ("It becomes a new card of Sunset Stays.", ())

    Token.objects.update(blocked=True)
    world.group.enabled = False
    world.group.properties.clear()
    old = access_previews.whitelist(case, uid=world.member.uid, group=world.group)
    assert old.says[-1] == "The group opens nothing yet."
    assert len(old.warns) == 2


def test_a_move_says_what_holds_from_then_on(world: World, case: TicketContext):
    unit = Unit.objects.create(property=world.site, slug="2b", name="2B")
    beach = Property.objects.create(host=world.host, slug="beach", name="Beach", time_zone="UTC")

    with pytest.raises(NotPossibleError, match="stands there already"):
        access_previews.assign(case, property_=world.site, unit=None)
    within = access_previews.assign(case, property_=world.site, unit=unit)
    away = access_previews.assign(case, property_=beach, unit=None)

    assert within.says == ("SUN001 moves from Sunset 1 to Sunset 1, 2B.",)
    assert away.says[0] == "SUN001 moves from Sunset 1 to Beach."
    assert "the access of Beach hold for it" in away.says[1]
    assert away.warns == ()
