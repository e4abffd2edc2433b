"""Mails to a host's owners about who may do what there: a change made with a stolen login is not hidden from them."""

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse

from authorization.models import ApiKey, Membership, User
from chargers.models import Host
from chargers.properties import time_zones

_logger = logging.getLogger(__name__)


def people_changed(host: Host, done: str, *, by: User, now: datetime, also: Sequence[User] = ()) -> None:
    """Call it in the transaction of the act; sent once that is stored. `done` follows the actor's address."""
    _queue(host, done, page=reverse("people:people", args=[host.slug]), by=by, now=now, also=also)


def key_made(host: Host, done: str, *, by: User, now: datetime) -> None:
    """Call it in the transaction that makes an API key."""
    _queue(host, done, page=reverse("settings-api-keys", args=[host.slug]), by=by, now=now)


def leader_changed(host: Host, done: str, *, page: str, by: User | ApiKey, now: datetime) -> None:
    """Call it in the transaction that makes another back office decide about cards."""
    _queue(host, done, subject="who decides about cards was changed", page=page, by=by, now=now)


def webhook_added(host: Host, done: str, *, page: str, by: User | ApiKey, now: datetime) -> None:
    """Call it in the transaction that adds an address which gets events of sessions and money."""
    _queue(host, done, subject="a webhook address was added", page=page, by=by, now=now)


def _queue(
    host: Host,
    done: str,
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
        f"{_actor(by)} {done}, on {time_zones.stated(now, time_zones.of_host(host))}.\n\n"
        f"If you did not expect this, undo it there and {support} at once:\n\n{settings.PUBLIC_BASE_URL}{page}\n"
    )
    title = " ".join(f"{host.name}: {subject}".split())
    transaction.on_commit(partial(_send, title, text, sorted(addresses)))


def _actor(by: User | ApiKey) -> str:
    return f"The API key “{by.name}” ({by.prefix})" if isinstance(by, ApiKey) else by.email


def _send(subject: str, text: str, addresses: Sequence[str]) -> None:
    """One mail to each. A mail that fails is only logged: the act is done."""
    for address in addresses:
        try:
            send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [address])
        except (OSError, SMTPException):
            _logger.exception("A notice about who has access was not sent.")
