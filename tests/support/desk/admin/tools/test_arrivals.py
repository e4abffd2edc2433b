"""An agent sends the message before arrival once more: seen before, done once, and in the history of the stay."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from authorization.models import AuditEntry, Stay
from billing.models import StayMessage
from billing.sessions.arrivals import messages
from chargers.models import Unit
from support.models import Ticket
from support.tickets.lifecycle import Facts
from tests.kit.admin import client, enrolled
from tests.kit.bookings import booking, connection, now
from tests.kit.tickets import opened
from tests.kit.tools import confirm, look, refusal
from tests.kit.world import World

__all__ = ["client", "enrolled"]

TOOL = "arrival-message"


@pytest.fixture
def melanie(world: World) -> Stay:
    unit = Unit.objects.create(property=world.site, slug="2b", name="Apartment 2B")
    row = booking(connection(world.host, kind="ical"), world.site, unit, code="HMABC12345")
    Stay.objects.filter(pk=row.pk).update(guest_email="melanie@example.com")
    row.refresh_from_db()
    return row


@pytest.fixture
def ticket(world: World) -> Ticket:
    row = opened(now=now(), facts=Facts(host=world.host))
    Ticket.objects.filter(pk=row.pk).update(host=world.host)
    row.refresh_from_db()
    return row


def test_it_is_sent_again_and_its_trace_is_in_the_stays_history(client: Client, ticket, melanie, world, client_of):
    values = {"stay": str(melanie.pk), "language": "de"}

    preview = look(client, ticket, TOOL, **values)
    used = confirm(client, ticket, TOOL, **values)
    messages.send_due(now=now())

    assert "Never written so far." in preview
    assert "It goes by mail to" in preview
    assert "melanie@example.com" not in preview
    message = StayMessage.objects.get()
    assert (used.state, message.state, message.language) == ("done", "sent", "de")
    assert [letter.to for letter in mail.outbox if letter.subject == message.subject] == [["melanie@example.com"]]
    entry = AuditEntry.objects.get(verb="stay.message_sent")
    assert entry.reason == f"{ticket.label}: Kim is stuck."
    page = client_of(world.owner).get(f"/authorization/stays/{melanie.pk}/")
    assert f"asked for by {message.asked_by}" in page.content.decode()
    assert "Written" in look(client, ticket, TOOL, **values)


def test_the_same_form_twice_writes_once(client: Client, ticket, melanie):
    values = {"stay": str(melanie.pk), "language": "en"}
    used = confirm(client, ticket, TOOL, **values)

    confirm(client, ticket, TOOL, once=str(used.pk), **values)

    assert StayMessage.objects.count() == 1


def test_a_booking_that_is_over_or_of_another_host_is_not_written_to(client: Client, ticket, melanie):
    values = {"stay": str(melanie.pk), "language": "en"}
    Stay.objects.update(departs_at=now() - timedelta(minutes=1))

    assert "has no booking that is not over" in refusal(client, ticket, TOOL, **values)
    assert not StayMessage.objects.exists()


def test_without_a_way_to_the_guest_the_host_copies_it(client: Client, ticket, melanie):
    Stay.objects.update(guest_email="abc@guest.booking.com")

    preview = look(client, ticket, TOOL, stay=str(melanie.pk), language="en")
    used = confirm(client, ticket, TOOL, stay=str(melanie.pk), language="en")

    assert "There is no way to write to the guest" in preview
    assert "for the host to copy" in used.result
    assert StayMessage.objects.get().state == "to_copy"
