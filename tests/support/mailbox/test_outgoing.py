"""Replies and acknowledgements on their way to mailboxes, by the outbox; mails of a ticket thread by References."""

from datetime import timedelta

import pytest

from billing.models import OutgoingMail
from support.mailbox import outgoing
from support.models import Ticket
from tests.kit.mails import _settled, answered, own_id
from tests.kit.tickets import MONDAY

__all__ = ["_settled", "answered"]
pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def test_a_reply_goes_out_once_with_what_threads_it(answered: Ticket):
    assert outgoing.release_replies(now=MONDAY + 20 * SECOND) == 0

    mail = OutgoingMail.objects.get(key__startswith="ticket-message:")
    assert mail.subject == f"[{answered.label}] Charged too much, idle fee or refund"
    assert mail.text.startswith("##- Write your answer above this line -##\n\nWhat was the amount?")
    assert mail.headers["Message-ID"] == own_id(answered)
    assert mail.headers["Reply-To"] == "support@example.com"
    assert "Auto-Submitted" not in mail.headers
