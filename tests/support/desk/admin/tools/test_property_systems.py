"""Topic 8, bookings that do not come: what the assistant tells the host, and what the agent sees and presses."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from authorization.models import AuditEntry, PmsConnection, PmsListing
from authorization.pms import connections
from authorization.pms.connections import Wanted
from chargers.models import Property, Unit
from support.assistant.aspects import Aspect
from support.context import facts, suggestions
from support.lookup import topic_lookup
from support.models import Conversation, Ticket
from support.tickets.lifecycle import Facts
from support.topics.details import Detail
from tests.kit.admin import client, enrolled
from tests.kit.connected_systems import CREDENTIALS
from tests.kit.tickets import opened
from tests.kit.tools import confirm, look, refusal
from tests.kit.world import World

__all__ = ["client", "enrolled"]

NOW = datetime.now(tz=UTC)


@pytest.fixture
def ticket(world: World) -> Ticket:
    Unit.objects.create(property=world.site, slug="2b", name="Apartment 2B")
    row = opened(now=NOW, facts=Facts(host=world.host))
    Ticket.objects.filter(pk=row.pk).update(topic=8, host=world.host)
    row.refresh_from_db()
    return row


@pytest.fixture
def guesty(world: World) -> PmsConnection:
    made = connections.add(
        world.host, Wanted(name="Our Guesty", kind="guesty", credentials=CREDENTIALS["guesty"]), now=NOW
    )
    PmsConnection.objects.update(
        succeeded_at=NOW - timedelta(days=1), next_due_at=NOW + timedelta(hours=1), read_until=NOW
    )
    PmsListing.objects.create(connection=made, key="l1", name="Apartment 2B", waiting=3, added_at=NOW)
    made.refresh_from_db()
    return made


def fail(connection: PmsConnection) -> None:
    PmsConnection.objects.filter(pk=connection.pk).update(
        failing_since=NOW, failures=3, failure_code="credentials_refused", failure_facts={"status": 401}
    )


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


def looked(world: World, aspect: Aspect = Aspect.BOOKINGS, *, user=None, **given: str):
    row = Conversation(asker="host", language="en", user=user or world.owner, host=world.host, opened_at=NOW)
    row.given = {Detail[name].value: value for name, value in given.items()}
    return topic_lookup.look_up(row, 8, aspect).findings


def connected(world: World, name: str, **values) -> PmsConnection:
    wanted = Wanted(name=name, kind="guesty", credentials=CREDENTIALS["guesty"] | {"client_id": name})
    made = connections.add(world.host, wanted, now=NOW)
    PmsConnection.objects.filter(pk=made.pk).update(**values)
    return made


def test_the_assistant_says_what_fails_since_when_and_whose_move_it_is(world: World, guesty):
    waiting = "Listings of Our Guesty without a unit: Apartment 2B. 3 bookings wait for that"
    assert waiting in looked(world).statements[0]
    fail(guesty)

    found = looked(world)
    [text] = found.statements
    assert "No bookings come from Our Guesty since" in text
    assert "Guesty refused the credentials (401). Make new ones there and enter them here." in text
    assert "You can put this right yourselves." in text
    assert waiting in text
    assert "://" not in text
    assert (found.is_answer, found.needs) == (True, ())
    assert {Detail.PMS_NAME, Detail.PMS_CONNECTED} <= found.known_details


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
    assert "Seaside is not one of the available choices" in wrong
    Property.objects.create(host=world.host, slug="sunset-13", name="Sunset 13", time_zone="UTC")
    many = client.get(address).content.decode()
    assert 'type="radio"' not in many
    assert 'name="property"' in many


def test_those_that_need_somebody_come_first_and_the_rest_is_counted(world: World, guesty):
    read = NOW - timedelta(hours=1)
    connected(world, "Healthy", succeeded_at=read)
    connected(world, "Another healthy", succeeded_at=read)
    connected(world, "Paused", succeeded_at=read, is_enabled=False)
    connected(world, "New")
    fail(connected(world, "Failing"))

    statements = looked(world).statements

    begins = ["No bookings come from Failing", "Listings of Our Guesty", "New was not read yet.", "Paused is paused"]
    assert [one.startswith(begin) for one, begin in zip(statements, begins, strict=False)] == [True] * 4
    assert statements[4].startswith("Another healthy was read")
    assert statements[5:] == ("And 1 more under Property systems.",)


def test_a_question_about_a_charger_is_answered_with_chargers_alone(world: World, guesty):
    fail(guesty)
    of_charger, of_both = looked(world, Aspect.ASSIGN), looked(world, Aspect.NONE)

    assert "Guesty" not in " ".join(of_charger.statements)
    assert of_charger.needs == of_both.needs == (Detail.CHARGER_ID,)
    assert "charger" in of_both.statements[0]
    assert "Our Guesty" in of_both.statements[1]


def test_without_a_connection_the_name_is_asked_and_the_page_is_named(world: World):
    assert Detail.PMS_NAME not in looked(world).known_details
    assert "No property system is connected here yet" in looked(world, PMS_NAME="Guesty").statements[0]


def test_who_manages_nothing_reads_nothing_of_it(world: World, guesty):
    found = looked(world, user=world.stranger)

    assert not {Detail.PMS_NAME, Detail.PMS_CONNECTED} & found.known_details
    assert "Guesty" not in " ".join(found.statements)
