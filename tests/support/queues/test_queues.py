"""The tickets that wait for agents: filtered, the one that is due first on top, a page at a time."""

from datetime import timedelta

import pytest
from django.test import Client

from support.models import Ticket
from tests.kit.admin import client, enrolled, shown
from tests.kit.admin_tickets import now, ticket
from tests.kit.tickets import opened
from tests.kit.world import World

__all__ = ["client", "enrolled", "ticket"]
DESK = "/admin/support/ticket/"


def test_it_lists_what_is_due_first_on_top(client: Client, world: World):
    later, first = opened(topic=4, now=now()), opened(topic=1, now=now() - timedelta(days=7))

    found = shown(client, DESK)

    assert found.index(first.label) < found.index(later.label)
    assert "1 late" in found
    assert "unread" in found


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("", True),
        ("?queue=billing", True),
        ("?queue=charging", False),
        ("?state=solved", False),
        ("?whose=mine", False),
        ("?whose=nobody&unread=1", True),
        ("?q=kim@example.com", True),
        ("?q=SUN001", True),
        ("?q=nobody@example.com", False),
        ("?priority=urgent", False),
        ("?after=nonsense", True),
    ],
)
def test_it_filters(client: Client, ticket: Ticket, query: str, is_there: bool):
    assert (f">{ticket.label}<" in client.get(DESK + query).content.decode()) == is_there


def test_it_pages_by_key(client: Client, world: World):
    for number in range(53):
        opened(email=f"g{number}@example.com", now=now() - timedelta(minutes=number))
    first = client.get(DESK)

    second = client.get(f"{DESK}?{first.context['more']}")

    seen = {row.pk for row in first.context["page"].rows} | {row.pk for row in second.context["page"].rows}
    assert (len(seen), second.context["more"]) == (53, "")
