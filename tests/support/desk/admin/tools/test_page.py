"""One tool's page: its form, then what would happen, then, confirmed, the act."""

import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from authorization.models import User
from billing.models import Session
from chargers.models import Command
from support.models import Ticket, ToolUse
from tests.kit.admin import client, enrolled
from tests.kit.tools import address, confirm
from tests.kit.tools_charging import running, ticket
from tests.kit.world import World

__all__ = ["client", "enrolled", "running", "ticket"]


def test_a_form_that_is_confirmed_twice_acts_once(client: Client, ticket: Ticket, running: Session):
    once, car = str(uuid.uuid4()), str(running.transaction_id)

    for _ in range(2):
        confirm(client, ticket, "stop", once=once, transaction=car)

    assert (Command.objects.count(), ToolUse.objects.count()) == (1, 1)


def test_without_a_reason_nothing_is_shown_or_done(client: Client, ticket: Ticket):
    response = client.post(address(ticket, "status"), {"confirmed": "1", "once": str(uuid.uuid4())}, follow=True)

    assert "Say why: without a reason nothing is done." in response.content.decode()
    assert not Command.objects.exists()


def test_back_after_the_act_shows_what_was_done_and_sends_nothing(client: Client, ticket: Ticket):
    first = client.post(address(ticket, "status"), {"reason": "Kim is stuck."})
    read = client.get(first["Location"])
    sent = {"reason": "Kim is stuck.", "confirmed": "1", "once": str(read.context["once"]), "stamp": ""}

    done = client.post(address(ticket, "status"), sent)
    back = client.get(first["Location"])
    client.post(address(ticket, "status"), sent)

    assert (first.status_code, read.status_code, done.status_code) == (302, 200, 302)
    assert "Done already." in back.content.decode()
    assert Command.objects.count() == 1


@pytest.mark.parametrize("who", ["owner", "teammate", "stranger"])
def test_only_agents_enter(client_of: Callable[[User], Client], ticket: Ticket, world: World, who: str):
    client = client_of(getattr(world, who))

    assert client.get(address(ticket, "stop")).status_code in {302, 403, 404}
    client.post(address(ticket, "status"), {"reason": "Mine.", "confirmed": "1", "once": str(uuid.uuid4())})
    assert not Command.objects.exists()


def test_an_unknown_tool_is_no_page(client: Client, ticket: Ticket):
    assert client.get(address(ticket, "teleport")).status_code == 404
