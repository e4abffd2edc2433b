"""What an agent asks of the ticket's host."""

from django.test import Client

from support.models import Ticket
from tests.kit.admin import client, enrolled, shown
from tests.kit.tools_charging import ticket

__all__ = ["client", "enrolled", "ticket"]


def test_a_host_s_ticket_leads_to_its_statements_and_payouts(client: Client, ticket: Ticket):
    Ticket.objects.update(asker="host")

    found = shown(client, f"/admin/support/ticket/{ticket.pk}/change/")

    assert "/statements/sunset/" in found
    assert "/payouts/sunset/" in found
