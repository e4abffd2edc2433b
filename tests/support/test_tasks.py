"""Periodic tasks of support: what keeps one from its work is logged, and nothing is lost."""

import pytest
from django.db import OperationalError

from support import tasks
from support.requests.acts import mails
from tests.kit import imap_server
from tests.kit.mails import _settled, written

__all__ = ["_settled"]
pytestmark = pytest.mark.django_db


def test_while_the_database_is_away_mails_stay_in_the_mailbox(settings, monkeypatch, caplog):
    def away(raw: bytes, now: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    with imap_server.running() as box:
        settings.SUPPORT_IMAP_URL = box.url
        box.deliver(written())
        with monkeypatch.context() as broken:
            broken.setattr(mails, "process", away)
            assert tasks.fetch_mails() == 0

        assert box.seen == set()
        assert tasks.fetch_mails() == 1
    assert "the database is away, and mails stay where they are" in caplog.text


@pytest.mark.parametrize("url", ["imap://support:wrong@127.0.0.1:{port}/INBOX", "imap://a:b@127.0.0.1:1/INBOX"])
def test_a_mailbox_that_cannot_be_read_is_logged_and_nothing_else(settings, caplog, url: str):
    with imap_server.running() as box:
        settings.SUPPORT_IMAP_URL = url.format(port=box.port)

        assert tasks.fetch_mails() == 0

    assert "Support's mailbox cannot be read" in caplog.text
    assert "wrong" not in caplog.text.replace("wrong password", "")


def test_without_a_mailbox_nothing_is_read(settings):
    settings.SUPPORT_IMAP_URL = ""

    assert tasks.fetch_mails() == 0
