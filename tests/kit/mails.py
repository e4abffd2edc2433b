"""What the tests of acts.mails and mailbox.outgoing share."""

from datetime import timedelta
from email.message import EmailMessage

import pytest

from support.mailbox import outgoing
from support.models import Ticket
from support.tickets.acts import tickets as acts
from tests.kit.tickets import MONDAY, opened, reply
from tests.kit.world import World

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _settled(settings, tmp_path):
    settings.SUPPORT_EMAIL = settings.DEFAULT_FROM_EMAIL = "support@example.com"
    settings.DATA_DIR = tmp_path


@pytest.fixture
def answered(world: World) -> Ticket:
    """A ticket whose first reply is in the outbox."""
    ticket = opened()
    acts.reply(
        ticket, reply(ticket, "What was the amount?"), next_state=Ticket.State.SOLVED, by=world.agent, now=MONDAY
    )
    assert outgoing.release_replies(now=MONDAY + 10 * SECOND) == 1
    ticket.refresh_from_db()
    return ticket


def own_id(ticket: Ticket) -> str:
    return ticket.messages.get(author="agent").message_id


def written(text: str = "Hello", **headers: str) -> bytes:
    """Returns a mail as Kim sends it to support."""
    message = EmailMessage()
    usual = {"From": "Kim <kim@example.com>", "To": "support@example.com", "Subject": "Too much",
             "Message-ID": "<1@example.com>"}  # fmt: skip
    for name, value in (usual | {key.replace("_", "-"): value for key, value in headers.items()}).items():
        message[name] = value
    message.set_content(text)
    return message.as_bytes()
