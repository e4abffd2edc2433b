"""The mail that a charger is free, in the guest's language, with a link to come and one to withdraw."""

import contextlib
import logging
from datetime import datetime
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from billing.formatting import times
from billing.models import WaitingGuest
from billing.sessions.documents import outbox
from billing.sessions.waiting_list import waiting_list

logger = logging.getLogger(__name__)
PATH: Final = "/waiting"


def notify_due(*, now: datetime) -> int:
    """Notifies everyone whose turn has come, and returns their number. Uses the network, outside any transaction."""
    notified = 0
    for guest in waiting_list.next_in_turn(now=now):
        try:
            with contextlib.suppress(outbox.PrintedError):  # the mail was only printed where this process runs
                outbox.deliver(message(guest))
        except outbox.FailedError:
            logger.warning("A guest who waits could not be told that %s is free", guest.charger.station_id)
            waiting_list.release_hold(guest)
        else:
            notified += 1
    return notified


def message(guest: WaitingGuest) -> EmailMessage:
    site, until = guest.charger.property, guest.held_until
    assert until is not None  # only notified guests get one
    link = f"{settings.PUBLIC_BASE_URL}{PATH}/{guest.key}/"
    with translation.override(guest.language):
        values = {"station": guest.charger.station_id, "time": times.time_of_day_in(until, site.time_zone)}
        subject = _("%(station)s is free: held for you until %(time)s") % values
        context = {**values, "place": site.name, "link": link, "withdraw": f"{link}withdraw"}
        text = render_to_string("guest/mail/free.txt", context)
    headers = {
        "Message-ID": f"<waiting-{guest.pk}-{guest.attempts}@charging>",
        # RFC 8058: mail programs offer a one-click button of their own.
        "List-Unsubscribe": f"<{link}withdraw>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [guest.email], headers=headers)
