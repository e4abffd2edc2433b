"""What people do who ask for help: open a ticket, write on it, send files, say how they liked it."""

import pytest

from support.models import Ticket
from support.requests.acts import requests
from support.tickets.acts import tickets as acts
from tests.kit.lifecycle import State
from tests.kit.tickets import MONDAY, opened

pytestmark = pytest.mark.django_db


def test_it_is_rated_once_it_is_solved(world):
    ticket = opened()
    assert not requests.rate(ticket, Ticket.Satisfaction.GOOD, text="", by=None, now=MONDAY)
    acts.change_state(ticket, State.SOLVED, by=world.agent, now=MONDAY)

    assert requests.rate(ticket, Ticket.Satisfaction.BAD, text="Slow.", by=None, now=MONDAY)

    ticket.refresh_from_db()
    assert (ticket.satisfaction, ticket.satisfaction_text) == ("bad", "Slow.")
