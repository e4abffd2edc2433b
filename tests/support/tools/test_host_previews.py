"""What an agent may ask of a host."""

from datetime import timedelta

import pytest

from authorization.models import DataGrant, Membership
from support.tickets.lifecycle import Facts
from support.tools import host_previews
from support.tools.case import NotPossibleError, Preview, TicketContext
from tests.kit.drivers import NOW
from tests.kit.tickets import opened
from tests.kit.world import World, make_user

pytestmark = pytest.mark.django_db


def ask(world: World) -> Preview:
    case = TicketContext(opened(facts=Facts(host=world.host)), by=world.agent, now=NOW)
    return host_previews.ask_to_see(case, scope=DataGrant.Scope.SESSIONS, until=NOW + timedelta(days=1))


def test_a_ticket_about_no_host_says_so(world: World):
    case = TicketContext(opened(), by=world.agent, now=NOW)

    assert host_previews.no_host(case).startswith("The ticket names no charger")
    with pytest.raises(NotPossibleError, match="names no charger"):
        host_previews.host_of(case)


def test_it_says_who_gets_a_mail(world: World):
    assert "1 owner gets a mail." in ask(world).says[1]
    make_user("second@example.com", world.host, "owner")
    assert "Each of its 2 owners gets a mail." in ask(world).says[1]
    assert ask(world).warns == ()


def test_a_host_without_owners_can_answer_nothing(world: World):
    Membership.objects.filter(role="owner").delete()

    preview = ask(world)

    assert "Nobody gets a mail." in preview.says[1]
    assert preview.warns == ("Sunset Stays has no owner who could answer.",)
