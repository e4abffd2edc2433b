"""The mail that a charger is free, in the guest's language, with a link to come and one to withdraw."""

import logging
from datetime import datetime
from typing import Final

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from authorization.accounts import mail as mails
from billing.branding import brands, domains
from billing.formatting import times
from billing.models import WaitingGuest
from billing.sessions.documents import outbox
from billing.sessions.waiting_list import waiting_list

logger = logging.getLogger(__name__)
PATH: Final = "/waiting"


def notify_due(*, now: datetime) -> int:
    """Tells everyone whose turn has come, and returns how many mails a server accepted.

    Uses the network, outside any transaction. Who gets no mail (there is no server, or the address has a place already)
    is told by the open page, or loses the hold after a minute.
    """
    mailed = 0
    for guest in waiting_list.next_in_turn(now=now):
        try:
            if guest.email:
                outbox.deliver(message(guest))
                waiting_list.mark_informed(guest, now=now)
                mailed += 1
        except outbox.PrintedError:
            continue
        except outbox.FailedError:
            logger.warning("A guest who waits could not be told that %s is free", guest.charger.station_id)
            if not guest.push_subscriptions.exists():  # else their browser is told within seconds
                waiting_list.release_hold(guest)
    return mailed


def message(guest: WaitingGuest) -> EmailMessage:
    site, until = guest.charger.property, guest.held_until
    assert until is not None  # only notified guests get one
    link = f"{domains.base_address(site.host_id)}{PATH}/{guest.key}/"
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
    with translation.override(guest.language):
        return mails.compose(subject, text, guest.email, style=brands.mail_style(site.host), headers=headers)
