"""Mails to a host's owners about changes of access, so that a change made with a stolen login does not stay hidden."""

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from smtplib import SMTPException

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from authorization.accounts import mail
from authorization.models import ApiKey, Membership, User
from chargers.models import Host
from chargers.properties import time_zones

_logger = logging.getLogger(__name__)


def people_changed(host: Host, action: str, *, by: User, now: datetime, also: Sequence[User] = ()) -> None:
    """Notifies the owners of a change of members.

    Call it in the transaction of the act; the mail is sent after the commit.

    `action` follows the actor's address in the sentence.
    """
    _queue(host, action, page=reverse("people:people", args=[host.slug]), by=by, now=now, also=also)


def key_made(host: Host, action: str, *, by: User, now: datetime) -> None:
    """Notifies the owners of a new API key. Call it in the transaction that creates the key."""
    _queue(host, action, page=reverse("settings-api-keys", args=[host.slug]), by=by, now=now)


def leader_changed(host: Host, action: str, *, page: str, by: User | ApiKey, now: datetime) -> None:
    """Notifies the owners that another back office now decides about cards.

    Call it in the transaction of that change.
    """
    _queue(host, action, subject="who decides about cards was changed", page=page, by=by, now=now)


def webhook_added(host: Host, action: str, *, page: str, by: User | ApiKey, now: datetime) -> None:
    """Notifies the owners of a new webhook that gets events of sessions and money.

    Call it in the transaction that adds it.
    """
    _queue(host, action, subject="a webhook address was added", page=page, by=by, now=now)


def _queue(
    host: Host,
    action: str,
    *,
    page: str,
    by: User | ApiKey,
    now: datetime,
    also: Sequence[User] = (),
    subject: str = "who has access was changed",
) -> None:
    owners = Membership.objects.filter(host=host, role=Membership.Role.OWNER, user__is_active=True)
    addresses = {*owners.values_list("user__email", flat=True), *(user.email for user in also)}
    support = f"write to {settings.SUPPORT_EMAIL}" if settings.SUPPORT_EMAIL else "write to our support"
    text = (
        f"{_actor(by)} {action}, on {time_zones.format_with_zone(now, time_zones.of_host(host))}.\n\n"
        f"If you did not expect this, undo it there and {support} at once:\n\n{settings.PUBLIC_BASE_URL}{page}\n"
    )
    title = " ".join(f"{host.name}: {subject}".split())
    transaction.on_commit(partial(_send, title, text, sorted(addresses)))


def _actor(by: User | ApiKey) -> str:
    return f"The API key “{by.name}” ({by.prefix})" if isinstance(by, ApiKey) else by.email


def _send(subject: str, text: str, addresses: Sequence[str]) -> None:
    """Sends one mail to each address. A failure is only logged, because the act is already done."""
    for address in addresses:
        try:
            mail.compose(subject, text, address).send()
        except (OSError, SMTPException):
            _logger.exception("A notice about who has access was not sent.")
