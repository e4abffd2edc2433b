"""Whose request a ticket is: links to an account's current address, and mails whose sender our server vouches for."""

from datetime import timedelta

import pytest
from django.test import Client

from support.models import Ticket
from support.tickets.acts import tickets as acts
from tests.kit.charging import YESTERDAY
from tests.kit.guest_tickets import _nobody_was_counted_yet, get, local, paid
from tests.kit.tickets import MONDAY

__all__ = ["_nobody_was_counted_yet", "paid"]
pytestmark = pytest.mark.django_db
LOCAL = "America/New_York"


def claim(**changes: str) -> Ticket:
    answers = {
        "text": "Too much.",
        "property": "Sunset 1",
        "attempted_at": local(YESTERDAY),
        "amount": "9.00",
        "last4": "4242",
    }
    Client().post("/help/?topic=4", answers | changes)
    return Ticket.objects.latest("pk")


def test_time_and_card_prove_a_session(world, paid):
    ticket = claim()

    assert (ticket.session, ticket.proof) == (paid, "card")
    assert "SUN001" in get(f"/help/t/{ticket.secret}/")


@pytest.mark.parametrize(
    "changes",
    [
        {"last4": "1111"},
        {"attempted_at": local(YESTERDAY - timedelta(hours=9))},
        {"last4": "1111", "email": "kim@example.com"},
    ],
)
def test_who_claims_another_person_s_session_is_shown_nothing_of_it(world, paid, changes: dict[str, str]):
    ticket = claim(**changes)

    found = get(f"/help/t/{ticket.secret}/")
    assert (ticket.session, ticket.proof) == (None, "")
    assert "SUN001" not in found
    assert paid.secret not in found


def test_what_an_agent_finds_is_not_shown_to_who_proved_nothing(world, paid):
    ticket = claim(last4="1111")
    acts.attach_session(ticket, paid, by=world.agent, now=MONDAY)

    assert "SUN001" not in get(f"/help/t/{ticket.secret}/")
