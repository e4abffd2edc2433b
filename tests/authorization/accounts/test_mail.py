"""Mails of accounts, and what people are told where no server takes them."""

from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail as outbox

from authorization.accounts import mail
from authorization.models import Invitation
from tests.kit.drivers import NOW
from tests.kit.world import World


def test_without_a_server_pages_say_where_mails_are(settings: Any):
    settings.EMAIL_URL = ""
    assert (mail.is_set_up(), mail.notice()) == (False, mail.NO_SERVER)
    settings.EMAIL_URL = "smtp://mail.example"
    assert (mail.is_set_up(), mail.notice()) == (True, "")


@pytest.mark.parametrize(
    ("backend", "leaves"),
    [
        ("django.core.mail.backends.smtp.EmailBackend", True),
        ("django.core.mail.backends.console.EmailBackend", False),
        ("django.core.mail.backends.filebased.EmailBackend", False),
        ("django.core.mail.backends.dummy.EmailBackend", False),
        ("backoffice.printed_mail.EmailBackend", False),
    ],
)
def test_only_a_server_takes_mails_out_of_the_house(settings: Any, backend: str, leaves: bool):
    settings.EMAIL_BACKEND = backend

    assert mail.leave_the_house() is leaves


@pytest.fixture
def invitation(world: World) -> Invitation:
    return Invitation.objects.create(
        host=world.host,
        email="kim@example.com",
        role="finance",
        secret_hash="0" * 64,
        invited_by=world.owner,
        invited_at=NOW,
        expires_at=NOW + timedelta(days=7),
    )


@pytest.mark.parametrize("url", ["", "smtp://mail.example"])
def test_an_invitation_is_written_and_says_whether_it_went_out(settings: Any, invitation: Invitation, url: str):
    settings.EMAIL_URL = url

    assert mail.invite(invitation, link="https://example.com/join/1/") is bool(url)

    [sent] = outbox.outbox
    assert (sent.to, sent.subject) == (["kim@example.com"], "Sunset Stays lets you in")
    assert "https://example.com/join/1/" in sent.body


class Broken:
    """A mail backend whose server hangs up."""

    def __init__(self, **_: Any) -> None:
        pass

    def send_messages(self, _messages: Any) -> int:
        raise SMTPServerDisconnected("Connection unexpectedly closed")


def test_a_server_that_hangs_up_is_no_error_of_the_page(settings: Any, invitation: Invitation, caplog: Any):
    settings.EMAIL_URL = "smtp://mail.example"
    settings.EMAIL_BACKEND = f"{__name__}.Broken"

    assert mail.invite(invitation, link="https://example.com/join/1/") is False
    assert "was not sent" in caplog.text
    assert "join/1" not in caplog.text
