"""E-mails of this app. Sending is network I/O: never call it inside a transaction."""

import logging
from collections.abc import Mapping
from smtplib import SMTPException
from typing import Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import get_language, gettext

from authorization.models import Invitation
from chargers.lib.i18n import mark
from chargers.text import mail_html
from chargers.text.mail_html import MailStyle

_logger = logging.getLogger(__name__)
NO_SERVER: Final = mark(
    "This installation has no mail server: each mail is a file where it runs, and its output names the file."
)
_LOCAL: Final = frozenset(("printed_mail", "console", "filebased", "dummy"))


def compose(
    subject: str, text: str, address: str, *, style: MailStyle | None = None, headers: Mapping[str, str] | None = None
) -> EmailMultiAlternatives:
    """Returns a mail whose HTML is made of its text, in the reader's language; without a style it is ours."""
    message = EmailMultiAlternatives(subject, text, settings.DEFAULT_FROM_EMAIL, [address], headers=dict(headers or {}))
    own = style or MailStyle(gettext("EV charging"))
    html = mail_html.of_text(text, title=subject, style=own, language=get_language() or settings.LANGUAGE_CODE)
    message.attach_alternative(html, "text/html")
    return message


def is_set_up() -> bool:
    """Whether mails reach people: without EMAIL_URL they are written to local files."""
    return bool(settings.EMAIL_URL)


def notice() -> str:
    """Tells, in the reader's language, where mails are stored if no mail server is set up; else empty."""
    return "" if is_set_up() else gettext(NO_SERVER)


def leave_the_house() -> bool:
    """Whether mails go to a server, rather than to the screen or a local file."""
    return settings.EMAIL_BACKEND.split(".")[-2] not in _LOCAL


def invite(invitation: Invitation, *, link: str) -> bool:
    """Sends the link. Returns False if there is no mail server or it did not accept the mail."""
    text = render_to_string("authorization/mail/invitation.txt", {"invitation": invitation, "link": link})
    subject = f"{invitation.host.name} lets you in"
    try:
        compose(subject, text, invitation.email, style=MailStyle(invitation.host.name)).send()
    except (OSError, SMTPException):
        _logger.exception("The invitation %s was not sent.", invitation.pk)
        return False
    return is_set_up()
