"""`manage.py fetch_mails`."""

import pytest
from django.core.management import CommandError, call_command

from support.models import Ticket
from tests.kit import imap_server
from tests.kit.mails import _settled, written

__all__ = ["_settled"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("url", "why"),
    [("", "is not set"), ("https://example.com", "must look like"), ("imap://a:b@127.0.0.1:1/INBOX", "refused")],
)
def test_it_says_why_no_mail_comes_in(settings, url: str, why: str):
    settings.SUPPORT_IMAP_URL = url

    with pytest.raises(CommandError, match=why):
        call_command("fetch_mails")


def test_the_command_says_what_became_of_each_mail(settings, capsys):
    with imap_server.running() as box:
        settings.SUPPORT_IMAP_URL = box.url
        box.deliver(written())
        call_command("fetch_mails")

    assert capsys.readouterr().out == f"kim@example.com: Opened a ticket ({Ticket.objects.get().label})\n"
    settings.SUPPORT_IMAP_URL = ""
    with pytest.raises(CommandError, match="SUPPORT_IMAP_URL is not set"):
        call_command("fetch_mails")
