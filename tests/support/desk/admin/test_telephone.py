"""A ticket that an agent opens for somebody who telephoned or stands in front of them."""

import pytest
from django.test import Client

from authorization.models import AuditEntry
from support.models import Ticket
from tests.kit.admin import client, enrolled, shown
from tests.kit.admin_tickets import page
from tests.kit.world import World

__all__ = ["client", "enrolled"]
DESK = "/admin/support/ticket/"


def test_an_agent_opens_a_ticket_for_somebody_who_telephones(client: Client, world: World):
    said = {"asker": "guest", "topic": "4", "text": "Twice the price.", "email": "kim@example.com", "station": "SUN001"}
    said["language"] = "nl"

    found = shown(client, f"{DESK}new/")
    answer = client.post(f"{DESK}new/", said)

    made = Ticket.objects.get()
    assert "For somebody who telephones" in found
    assert answer.url == page(made)
    assert (made.origin, made.asker, made.topic) == ("agent", "guest", 4)
    assert (made.email, made.language) == ("kim@example.com", "nl")
    assert (made.charger, made.host, made.session) == (world.charger, world.host, None)
    assert made.opened_by is None
    [message] = made.messages.all()
    assert (message.author, message.name, message.text) == ("guest", "by telephone", "Twice the price.")
    assert AuditEntry.objects.get(verb="ticket.opened").user == world.agent
    assert "Twice the price." in shown(client, page(made))


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"station": "NOWHERE"}, "No charger has the Station ID “NOWHERE”"),
        ({"topic": "10"}, "This topic is one of hosts."),
        ({"topic": ""}, "This field is required."),
        ({"text": ""}, "This field is required."),
        ({"email": "kim"}, "Enter a valid email address."),
    ],
)
def test_a_ticket_that_cannot_be_opened_says_why_and_keeps_what_was_typed(client: Client, world, changed, error):
    said = {"asker": "guest", "topic": "4", "text": "Twice the price.", "email": "kim@example.com", "station": ""}
    said["language"] = "en"

    answer = client.post(f"{DESK}new/", said | changed)

    assert error in answer.content.decode()
    assert (changed.get("email") or "kim@example.com") in answer.content.decode()
    assert not Ticket.objects.exists()
