"""A host's people ask for help in the portal: what it knows is not asked; each sees what is theirs."""

import pytest
from django.test import Client

from backoffice.portal.search import finding
from chargers.models import Property
from support.models import Ticket
from support.tickets import lifecycle
from support.tickets.lifecycle import Facts
from support.topics.details import Detail
from support.topics.topic import Asker
from tests.kit import charging
from tests.kit.asking_pages import ClientOf, text_of
from tests.kit.tickets import opened
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_a_host_chooses_among_the_topics_of_hosts(world: World, client_of: ClientOf):
    found = text_of(client_of(world.owner).get("/support/ask/?charger=CP1"))

    assert found.count("?topic=") == 10
    assert "?topic=10&amp;charger=CP1" in found


def test_from_a_charger_s_page_the_charger_is_known(world: World, client_of: ClientOf):
    client = client_of(world.owner)

    form = text_of(client.get("/support/ask/?topic=8&charger=CP1"))
    client.post("/support/ask/?topic=8&charger=CP1", {"text": "It is at the wrong property.", "pms_connected": "no"})

    for name in ("property", "charger_id", "account_email", "email"):
        assert f'name="{name}"' not in form
    ticket = Ticket.objects.get()
    assert (ticket.charger, ticket.host, ticket.asker, ticket.opened_by) == (
        world.charger,
        world.host,
        "host",
        world.owner,
    )
    assert ticket.messages.get().author == "host"


def test_from_a_session_s_page_the_session_is_known(world: World, client_of: ClientOf):
    charging.assign(charging.make_rate(world.host), world.site, "member")
    session = charging.charge(world.charger)
    client = client_of(world.owner)

    client.post(f"/support/ask/?topic=5&session={session.pk}", {"text": "Why so much?"})

    ticket = Ticket.objects.get()
    assert (ticket.session, ticket.proof) == (session, "member")
    assert f"/support/ask/?session={session.pk}" in text_of(client.get(f"/sessions/{session.pk}/"))


def test_a_question_about_payouts_needs_an_id_or_dates(world: World, client_of: ClientOf):
    client = client_of(world.owner)

    refused = text_of(client.post("/support/ask/?topic=10", {"text": "It does not match."}))
    client.post("/support/ask/?topic=10", {"text": "It does not match.", "statement_period": "October 2026"})

    assert "Please fill this in" in refused
    assert Ticket.objects.get().property == world.site


def test_nothing_of_another_host_is_known_or_attached(world: World, client_of: ClientOf):
    charging.assign(charging.make_rate(world.host), world.site, "member")
    session = charging.charge(world.charger)
    stranger = client_of(world.stranger)
    Property.objects.create(host=world.stranger.memberships.get().host, slug="l", name="Lakeside 1", time_zone="UTC")

    for about in (f"session={session.pk}", "charger=CP1"):
        form = text_of(stranger.get(f"/support/ask/?topic=4&{about}"))
        assert "SUN001" not in form
        assert 'name="last4"' in form
    stranger.post("/support/ask/?topic=1", {"text": "x", "charger_id": "SUN001", "attempted_at": "2026-11-20T18:00"})

    ticket = Ticket.objects.get()
    assert ticket.charger is None
    assert ticket.host != world.host


def test_nobody_without_a_login_asks_here(world: World):
    assert Client().get("/support/ask/").status_code == 302
    assert Client().post("/support/ask/?topic=1", {"text": "x"}).status_code == 302


def test_the_search_finds_one_s_own_request_by_its_number(world: World, client_of: ClientOf):
    mine = opened(asker=Asker.HOST, facts=Facts(host=world.host), topic=10)
    guests = opened(facts=Facts(host=world.host))

    found = [hit for one in (mine, guests) for hit in finding.find(world.owner, one.label) if hit.why == "Its number."]

    assert [(hit.id, hit.url) for hit in found] == [(mine.label, f"/help/t/{mine.secret}/")]
    assert [hit for hit in finding.find(world.stranger, mine.label) if hit.id == mine.label] == []
    assert finding.find(world.agent, guests.label)[0].url == f"/admin/support/ticket/{guests.pk}/change/"


def test_a_known_payout_needs_no_name_of_a_property(world: World):
    known = opened(asker=Asker.HOST, facts=Facts(host=world.host), topic=10, given={Detail.PAYOUT_ID: "P-000001"})
    unknown = opened(asker=Asker.HOST, topic=10)

    asked = [[one.any_of[0] for one in lifecycle.missing(ticket)] for ticket in (known, unknown)]

    assert asked == [[Detail.AMOUNT], [Detail.PROPERTY, Detail.PAYOUT_ID, Detail.AMOUNT]]


def test_a_request_of_a_host_stays_inside_the_portal(world: World, client_of: ClientOf):
    own = opened(asker=Asker.HOST, email=world.owner.email, facts=Facts(host=world.host))
    client = client_of(world.owner)

    page = text_of(client.get(f"/help/t/{own.secret}/", headers={"accept-language": "de"}))
    assert '<nav aria-label="Rooms"' in page
    assert '<a href="/support/">Support</a>' in page
    assert f'aria-current="page">{own.label}' in page
    assert "Keep this page's address" in page
    assert '<html lang="en">' in page
    outside = text_of(Client().get(f"/help/t/{own.secret}/", headers={"accept-language": "de"}))
    assert '<nav aria-label="Rooms"' not in outside
    assert '<html lang="de">' in outside
    guests = opened(facts=Facts(host=world.host))
    assert '<nav aria-label="Rooms"' not in text_of(client.get(f"/help/t/{guests.secret}/"))
