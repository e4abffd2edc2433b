"""What the tests of acts.requests, acts.tickets and tickets.lifecycle share."""

from datetime import timedelta

from support.models import Ticket, TicketMessage
from support.requests.acts import requests
from support.tickets.conversation import Author, NewMessage
from tests.kit.tickets import MONDAY

State = Ticket.State
HOUR = timedelta(hours=1)


def answered(ticket: Ticket, text: str = "Here it is.", *, after: timedelta = HOUR) -> tuple[Ticket, TicketMessage]:
    return requests.write(ticket, NewMessage(author=Author.GUEST, text=text), now=MONDAY + after)
