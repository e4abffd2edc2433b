"""What people do in a conversation with the assistant: begin it, answer, press a button, be handed over."""

import pytest
from django.test import Client

from billing.models import OutgoingMail
from support.models import Ticket
from tests.kit.guest_tickets import _nobody_was_counted_yet
from tests.kit.tickets import opened

__all__ = ["_nobody_was_counted_yet"]
pytestmark = pytest.mark.django_db


@pytest.mark.long
def test_a_flood_from_one_source_ends_after_many_guests_of_one_network(world):
    answers = {"text": "x", "attempted_at": "2026-11-20T18:00"}
    statuses = [Client().post("/help/c/SUN001/?topic=1", answers).status_code for _ in range(101)]

    assert statuses == [302] * 100 + [429]
    assert Ticket.objects.count() == 100


def test_a_request_with_an_address_is_acknowledged_at_most_three_times_an_hour(world):
    for _ in range(5):
        opened(email="kim@example.com")

    outgoing_mails = list(OutgoingMail.objects.filter(address="kim@example.com").order_by("pk"))
    assert len(outgoing_mails) == 3
    assert outgoing_mails[0].headers["Auto-Submitted"] == "auto-replied"
    assert outgoing_mails[0].page.startswith("/help/t/")
