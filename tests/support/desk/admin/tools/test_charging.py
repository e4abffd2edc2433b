"""The tools of a ticket's page: permission, reason, consequence, act, audit entry with the ticket's number, result."""

from datetime import timedelta

from django.test import Client

from authorization.models import AuditEntry, Decision
from billing.models import Session
from chargers.models import Charger, Command, Property
from support.models import Ticket
from support.tickets.lifecycle import Facts
from tests.kit.admin import client, enrolled, shown
from tests.kit.tickets import opened
from tests.kit.tools import address, confirm, connect, look, refusal
from tests.kit.tools_charging import now, running, ticket
from tests.kit.world import World

__all__ = ["client", "enrolled", "running", "ticket"]


def test_it_stops_a_car_after_saying_what_the_driver_pays(client: Client, ticket: Ticket, running: Session):
    car = str(running.transaction_id)

    preview = look(client, ticket, "stop", transaction=car)
    done = confirm(client, ticket, "stop", transaction=car)

    assert "This stops the car at SUN001, connector 1 now; the driver pays for 12.0 kWh, $5.80 as it stands." in preview
    assert (done.state, Command.objects.get().action) == ("done", "RemoteStopTransaction")
    assert "RemoteStopTransaction was sent to SUN001" in ticket.messages.get(author="system").text
    entry = AuditEntry.objects.get(verb="charger.command")
    assert entry.reason == f"{ticket.label}: Kim is stuck."
    assert AuditEntry.objects.get(verb="ticket.tool_used").after["tool"] == "stop"


def test_a_charger_that_is_not_connected_gets_no_command(client: Client, ticket: Ticket):
    Charger.objects.update(connection_id=None)

    response = client.post(address(ticket, "reset"), {"reason": "Try it.", "kind": "soft"}, follow=True)

    assert (response.status_code, Command.objects.count()) == (409, 0)
    assert "SUN001 is not connected: no command reaches it." in response.content.decode()
    assert "SUN001 is not connected" in shown(client, f"/admin/support/ticket/{ticket.pk}/change/")


def test_a_start_for_a_blocked_card_is_refused_in_words(client: Client, ticket: Ticket, world: World):
    world.member.blocked = True
    world.member.save()

    refused = refusal(client, ticket, "start", evse="1", uid="04A1B2C3D4")

    assert "The start was not sent." in refused
    assert "Nobody would pay for it. Use “Start an override session”" in refused
    assert 'value="Kim is stuck."' in refused, "what was typed stays"
    assert not Decision.objects.exists(), "a preview stores nothing"


def test_a_start_for_a_card_that_nobody_knows_is_refused(client: Client, ticket: Ticket):
    refused = refusal(client, ticket, "start", evse="1", uid="DEADBEEF")

    assert "The card DEADBEEF is known neither to " in refused
    assert "At the reader it is refused: Unknown card. Nobody would pay." in refused
    assert not Command.objects.exists()


def test_a_charger_moves_to_another_place_of_its_host_only(client: Client, ticket: Ticket, world: World):
    there = Property.objects.create(host=world.host, slug="sunset-2", name="Sunset 2", time_zone="UTC")
    others = Property.objects.create(host=world.stranger.memberships.get().host, slug="o", name="O", time_zone="UTC")

    assert "SUN001 moves from Sunset 1 to Sunset 2." in look(client, ticket, "assign", place=f"{there.pk}/")
    assert "What happens" not in look(client, ticket, "assign", place=f"{others.pk}/")
    confirm(client, ticket, "assign", place=f"{there.pk}/")

    world.charger.refresh_from_db()
    assert world.charger.property == there


def test_a_charger_does_not_move_while_a_car_charges(client: Client, ticket: Ticket, world: World, running: Session):
    there = Property.objects.create(host=world.host, slug="sunset-2", name="Sunset 2", time_zone="UTC")

    assert "the move is refused until its session has ended" in look(client, ticket, "assign", place=f"{there.pk}/")
    assert confirm(client, ticket, "assign", place=f"{there.pk}/").state == "refused"


def test_the_ticket_keeps_the_diagnosis_of_its_opening_and_says_what_changed(client: Client, world: World):
    gone = now() - timedelta(hours=2)
    Charger.objects.update(connection_id=None, disconnected_at=gone)
    facts = Facts(host=world.host, property=world.site, charger=world.charger)
    ticket = opened(topic=1, text="The charger is dead.", now=now(), facts=facts)
    assert "When it was opened" not in shown(client, f"/admin/support/ticket/{ticket.pk}/change/")

    connect()
    found = shown(client, f"/admin/support/ticket/{ticket.pk}/change/")

    assert "When it was opened" in found
    assert "offline" in ticket.diagnosis["cause"].lower()
    assert ticket.diagnosis["cause"] in found
    assert "Not seen any more." in found


def test_what_a_tool_did_stands_in_the_suggested_reply_in_the_language_of_who_asked(client: Client, ticket: Ticket):
    Ticket.objects.filter(pk=ticket.pk).update(language="de")
    confirm(client, ticket, "reset", kind="soft")
    confirm(client, ticket, "reset", kind="hard")

    found = shown(client, f"/admin/support/ticket/{ticket.pk}/change/?suggested=1")

    assert found.count("Wir haben der Ladestation den Befehl zum Neustart geschickt.") == 1
