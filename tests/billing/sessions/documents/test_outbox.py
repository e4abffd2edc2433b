"""Documents on their way to mailboxes: sent once, tried again, given up in the end; whoever is killed in between."""

from datetime import timedelta

import pytest
from django.core.mail.backends import locmem
from django.test import Client

from authorization.accounts.mail import NO_SERVER
from billing import mail
from billing.formatting import contacts
from billing.models import OutgoingMail
from billing.sessions.documents import outbox
from billing.sessions.documents.outbox import FailedError
from tests.billing.conftest import Site, minutes
from tests.kit.settled import settled


@pytest.fixture
def outgoing(site: Site) -> OutgoingMail:
    return outbox.queue(settled(site), address="Kim@example.com", language="en", now=minutes(0))


def refuse(_letter: OutgoingMail) -> None:
    raise FailedError("The mailbox is full.")


def test_it_is_sent_once_however_often_anybody_looks(outgoing):
    sent: list[OutgoingMail] = []

    taken = [outbox.send_due(sent.append, now=minutes(number)) for number in range(5)]

    assert taken == [1, 0, 0, 0, 0]
    assert [one.address for one in sent] == ["kim@example.com"]
    outgoing.refresh_from_db()
    assert (outgoing.state, outgoing.sent_at) == ("sent", minutes(0))


def test_it_is_tried_again_later_and_later(outgoing):
    outbox.send_due(refuse, now=minutes(0))
    assert outbox.send_due(refuse, now=minutes(0.5)) == 0
    outgoing.refresh_from_db()
    assert (outgoing.state, outgoing.failure, outgoing.attempts) == ("waiting", "The mailbox is full.", 1)

    sent: list[OutgoingMail] = []
    assert outbox.send_due(sent.append, now=minutes(1)) == 1
    assert len(sent) == 1


def test_it_is_given_up_in_the_end_and_can_be_asked_for_again(outgoing):
    for day in range(30):
        outbox.send_due(refuse, now=minutes(0) + timedelta(days=day))

    outgoing.refresh_from_db()
    assert (outgoing.state, outgoing.attempts) == ("given_up", 8)
    outbox.queue(outgoing.receipt, address="kim@example.com", language="en", now=minutes(99_999))
    assert outbox.send_due(lambda _: None, now=minutes(99_999)) == 1
    assert OutgoingMail.objects.count() == 1


def test_a_worker_that_was_killed_while_sending_is_followed_by_another(outgoing):
    def killed(_letter: OutgoingMail) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        outbox.send_due(killed, now=minutes(0))

    assert outbox.send_due(lambda _: None, now=minutes(1)) == 0, "it may still be at it"
    assert outbox.send_due(lambda _: None, now=minutes(6)) == 1


def test_a_slow_worker_does_not_undo_what_the_next_one_wrote(outgoing):
    def slow(_letter: OutgoingMail) -> None:
        outbox.send_due(lambda _: None, now=minutes(6))
        raise FailedError("Timed out.")

    outbox.send_due(slow, now=minutes(0))

    outgoing.refresh_from_db()
    assert outgoing.state == "sent"


@pytest.mark.parametrize(("address", "shown"), [("kim@example.com", "k…@example.com"), ("", ""), ("nobody", "")])
def test_it_masks_an_address(address, shown):
    assert contacts.mask_address(address) == shown


@pytest.mark.parametrize("backend", ["console", "dummy"])
def test_it_is_not_called_sent_where_no_server_took_it(outgoing, settings, backend, capsys):
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"

    assert outbox.send_due(mail.send, now=minutes(0)) == 0

    outgoing.refresh_from_db()
    assert (outgoing.state, outgoing.sent_at, outgoing.was_printed) == ("given_up", None, True)
    assert outgoing.failure == NO_SERVER
    page = Client().get(f"/s/{outgoing.receipt.session.secret}/receipt/").content.decode()
    assert "Sent to kim@example.com" not in page
    assert NO_SERVER in page


def test_it_is_tried_again_where_the_server_took_no_recipient(outgoing, monkeypatch):
    monkeypatch.setattr(locmem.EmailBackend, "send_messages", lambda _self, _messages: 0)

    assert outbox.send_due(mail.send, now=minutes(0)) == 0

    outgoing.refresh_from_db()
    assert (outgoing.state, outgoing.failure) == ("waiting", "The mail server took no recipient.")
