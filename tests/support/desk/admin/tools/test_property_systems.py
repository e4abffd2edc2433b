"""Topic 8, bookings that do not come: what the assistant tells the host, and what the agent sees and presses."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from authorization.models import AuditEntry, PmsConnection
from authorization.pms import connections
from chargers.models import Property, Unit
from support.context import facts, suggestions
from support.models import Ticket
from support.tickets.lifecycle import Facts
from tests.kit.admin import client, enrolled
from tests.kit.connected_systems import fail, guesty
from tests.kit.tickets import opened
from tests.kit.tools import confirm, look, refusal
from tests.kit.world import World

__all__ = ["client", "enrolled", "guesty"]

NOW = datetime.now(tz=UTC)


@pytest.fixture
def ticket(world: World) -> Ticket:
    Unit.objects.create(property=world.site, slug="2b", name="Apartment 2B")
    row = opened(now=NOW, facts=Facts(host=world.host))
    Ticket.objects.filter(pk=row.pk).update(topic=8, host=world.host)
    row.refresh_from_db()
    return row


def test_an_agent_maps_a_listing_and_syncs_after_seeing_what_happens(client: Client, ticket, guesty):
    values = {"what": f"listing:{guesty.listings.get().pk}", "place": "sunset-1/2b"}

    preview = look(client, ticket, "pms-sync", **values)
    done = confirm(client, ticket, "pms-sync", **values)

    assert "“Apartment 2B” becomes Sunset 1, Apartment 2B." in preview
    assert "Its 3 bookings that wait become stays there." in preview
    assert done.state == "done"
    assert guesty.listings.get().unit.slug == "2b"
    assert connections.due(now=datetime.now(tz=UTC)) == [guesty.pk]
    reasons = AuditEntry.objects.filter(verb__startswith="pms.").values_list("verb", "reason")
    assert dict(reasons) == {
        "pms.mapped": f"{ticket.label}: Kim is stuck.",
        "pms.sync_asked": f"{ticket.label}: Kim is stuck.",
    }
    assert "Our Guesty is read within seconds" in ticket.messages.get(author="system").text


def test_the_tool_says_why_it_can_do_nothing(client: Client, ticket, world: World, guesty):
    PmsConnection.objects.update(is_enabled=False)
    assert "Our Guesty is paused by the host" in refusal(client, ticket, "pms-sync", what=f"sync:{guesty.key}")
    guesty.delete()
    assert "has connected no property system" in refusal(client, ticket, "pms-sync")


def test_the_ticket_shows_the_connection_and_suggests_a_reply(client: Client, ticket, guesty):
    page = shown(client, ticket)
    assert "1 listing of Our Guesty without a unit here." in page
    assert "1 listing without a unit" in page
    fail(guesty)

    assert "failing since" in shown(client, ticket)
    suggestion = suggestions.suggest(facts.load(ticket, now=NOW))
    assert "Guesty refused the credentials (401)." in suggestion.cause
    assert "Make new ones there and enter them here." in suggestion.reply


def shown(client: Client, ticket: Ticket) -> str:
    return " ".join(client.get(f"/admin/support/ticket/{ticket.pk}/change/").content.decode().split())


def test_a_failing_system_is_a_button_by_its_name(client_of, world: World, guesty):
    fail(guesty)

    page = client_of(world.owner).post("/support/ask/", {"text": "Bookings from Guesty do not sync"}, follow=True)

    text = page.content.decode()
    assert f'href="/settings/property-systems/connection/{guesty.key}/"' in text
    assert f'href="/settings/property-systems/{world.host.slug}/"' in text
    assert 'href="/chargers/">Chargers</a>' not in text.split("<main")[1]


def test_a_property_is_chosen_among_those_that_the_host_has(client_of, world: World):
    for number in range(2, 13):
        Property.objects.create(host=world.host, slug=f"sunset-{number}", name=f"Sunset {number}", time_zone="UTC")
    client = client_of(world.owner)
    answer = client.post("/support/ask/", {"text": "Bookings from Guesty do not sync"}, follow=True)
    address = answer.redirect_chain[-1][0]

    page = client.post(address, {"press": "person"}, follow=True).content.decode()

    assert page.count('type="radio" name="property"') == 12
    assert "Seaside" not in page
    wrong = client.post(address, {"property": "Seaside"}).content.decode()
    assert "Choose one of the options shown" in wrong
    Property.objects.create(host=world.host, slug="sunset-13", name="Sunset 13", time_zone="UTC")
    many = client.get(address).content.decode()
    assert 'type="radio"' not in many
    assert 'name="property"' in many
