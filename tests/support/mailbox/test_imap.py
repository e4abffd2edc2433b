"""Support's mailbox, read from a real IMAP server."""

import pytest

from support import tasks
from support.mailbox import imap
from support.mailbox.imap import MailboxError, Server
from support.models import InboundMail, Ticket
from tests.kit import imap_server
from tests.kit.mails import _settled, written

__all__ = ["_settled"]


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("imaps://support:s%40x@mail.example/Help%20me",
         Server(host="mail.example", port=993, user="support", password="s@x", folder="Help me")),
        ("imap://support@mail.example:1143",
         Server(host="mail.example", port=1143, user="support", password="", is_encrypted=False)),
        ("imap://support:x@mail.example/",
         Server(host="mail.example", port=143, user="support", password="x", is_encrypted=False)),
    ],
)  # fmt: skip
def test_an_address_says_where_the_mailbox_is(url: str, server: Server):
    assert imap.server_of(url) == server


@pytest.mark.parametrize(
    "url",
    ["", "https://support:x@mail.example", "imaps://mail.example", "imaps://support:x@", "imap://a:b@mail.example:x/"],
)
def test_another_address_is_refused_without_its_password(url: str):
    with pytest.raises(MailboxError, match="must look like") as caught:
        imap.server_of(url)

    assert ":x@" not in str(caught.value)


def test_a_mail_that_cannot_be_taken_stays_unread_and_the_next_comes():
    with imap_server.running() as box:
        box.deliver(written(Subject="Bad"))
        box.deliver(written(Subject="Good"))

        def take(raw: bytes) -> None:
            if b"Bad" in raw:
                raise ValueError

        assert imap.fetch(imap.server_of(box.url), take) == 1
        assert box.seen == {2}


def test_who_takes_the_mails_may_end_it():
    def take(_raw: bytes) -> None:
        raise MailboxError("no room")

    with imap_server.running() as box:
        box.deliver(written())
        box.deliver(written())
        with pytest.raises(MailboxError, match="no room"):
            imap.fetch(imap.server_of(box.url), take)

        assert box.seen == set()


def test_fifty_are_taken_at_once():
    with imap_server.running() as box:
        for _ in range(52):
            box.deliver(written())
        taken: list[bytes] = []

        assert [imap.fetch(imap.server_of(box.url), taken.append) for _ in range(3)] == [50, 2, 0]
        assert len(taken) == 52


@pytest.mark.django_db
def test_the_mailbox_is_read_and_each_mail_is_taken_once(settings):
    with imap_server.running() as box:
        settings.SUPPORT_IMAP_URL = box.url
        box.deliver(written("Grüße, 9 €"))
        box.deliver(b"\x00 no mail")

        assert (tasks.fetch_mails(), tasks.fetch_mails()) == (2, 0)

        assert box.seen == {1, 2}
    assert Ticket.objects.get().messages.get().text == "Grüße, 9 €"


@pytest.mark.django_db
def test_of_a_mail_that_is_too_large_only_its_head_is_read(settings, monkeypatch):
    monkeypatch.setattr("support.mailbox.imap.MAX_BYTES", 200)
    with imap_server.running() as box:
        settings.SUPPORT_IMAP_URL = box.url
        box.deliver(written("x" * 1000))

        assert tasks.fetch_mails() == 1

    assert len(InboundMail.objects.get().raw) < 500
