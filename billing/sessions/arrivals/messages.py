"""Messages to guests before they arrive: who gets one, how it is sent, and the sending itself.

A message is stored before it is sent, and one worker at a time claims it. An e-mail that is sent twice has the same
Message-ID. Property systems have no such key, so a request without an answer is not repeated: its message is shown as
possibly sent, and a person decides.
"""

import hashlib
import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from authorization.accounts import mail as mails
from authorization.models import Stay
from authorization.pms import failures, messaging
from authorization.pms.failures import Code, FailedError
from billing.branding import brands
from billing.models import ArrivalPolicy, StayMessage
from billing.sessions.arrivals import texts
from billing.sessions.documents import outbox
from chargers.lib import batch
from chargers.models import Host

logger = logging.getLogger(__name__)
Channel, State = StayMessage.Channel, StayMessage.State
RELAYS: Final = (
    "guest.airbnb.com", "reply.airbnb.com", "guest.booking.com", "mchat.booking.com", "messages.homeaway.com",
    "messages.vrbo.com", "m.expediapartnercentral.com", "guest.trip.com", "agoda-messaging.com",
)  # fmt: skip
"""Domains of addresses that booking channels make for one booking: they take no mail from others, or hide its links."""
_LEASE: Final = timedelta(minutes=5)
_AGAIN_AFTER: Final = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=4))
_MAX_AT_ONCE: Final = 200
_REPEATED: Final = frozenset((Code.SLOW_DOWN, Code.SERVER_ERROR, Code.TOKEN_BUDGET))
"""Temporary refusals after which nothing was sent."""
_LOST: Final = "Its sending was cut off: it may have been sent."


def is_real(email: str) -> bool:
    """Whether mail to this address reaches the guest, rather than a channel's relay."""
    domain = email.rpartition("@")[2].lower()
    return bool(domain) and not any(domain == relay or domain.endswith(f".{relay}") for relay in RELAYS)


def write_due(*, now: datetime) -> int:
    """Writes the messages that are due, once for each stay. Returns how many were written."""
    message_count = 0
    for policy in ArrivalPolicy.objects.filter(is_enabled=True).select_related("host"):
        for stay in _due(policy, now=now)[:_MAX_AT_ONCE]:
            message_count += write(stay, key=_key(stay), language=policy.language, now=now) is not None
    return message_count


def write(stay: Stay, *, key: str, language: str, now: datetime, by: str = "") -> StayMessage | None:
    """Stores a message to the stay's guest for a worker to send. Returns None if a message with this key exists."""
    words = texts.render_message(stay, texts.of_host(stay.property.host, language), language, now=now)
    channel = channel_of(stay)
    message, is_new = StayMessage.objects.get_or_create(
        key=key,
        defaults={
            "stay": stay,
            "channel": channel,
            "address": stay.guest_email if channel == Channel.EMAIL else "",
            "language": language,
            "subject": words.subject[:200],
            "text": words.text,
            "state": State.TO_COPY if channel == Channel.COPY else State.WAITING,
            "asked_by": by,
            "asked_at": now,
            "due_at": now,
        },
    )
    return message if is_new else None


def preview(stay: Stay, *, language: str, now: datetime) -> texts.MessageText:
    """Returns the message as it would be sent now."""
    return texts.render_message(stay, texts.of_host(stay.property.host, language), language, now=now)


def _key(stay: Stay) -> str:
    """Returns the key of the booking's message.

    A booking entered by hand has a row for each card, but its guest gets one message.
    """
    if stay.connection_id is None and stay.reference:
        digest = hashlib.sha256(f"{stay.reference}:{stay.guest_email}:{stay.arrives_at:%Y%m%d}".encode()).hexdigest()
        return f"hand-{stay.property_id}-{digest[:32]}"
    return f"stay-{stay.pk}-arrival"


def language_of(host: Host) -> str:
    policy = ArrivalPolicy.objects.filter(host=host).first()
    return policy.language if policy else "en"


def send_due(*, now: datetime) -> int:
    """Sends the messages that are due.

    Of those that an earlier worker left unfinished, only mails are sent again. Uses the network.
    """
    ready = Q(state=State.WAITING, due_at__lte=now) | Q(state=State.SENDING, claimed_until__lte=now)
    return batch.run_for_rows(
        StayMessage.objects.filter(ready), lambda pk: _send(pk, now=now), failure="could not be sent"
    )


def _due(policy: ArrivalPolicy, *, now: datetime) -> QuerySet[Stay]:
    """Returns stays without a message whose guests arrive soon or arrived within the last day, last-minute bookings
    included.
    """
    stay_messages = StayMessage.objects.filter(stay=OuterRef("pk"))
    rows = Stay.objects.filter(
        ~Exists(stay_messages),
        property__host=policy.host,
        cancelled_at=None,
        arrives_at__lte=now + timedelta(hours=policy.hours_before),
        arrives_at__gt=now - timedelta(days=1),
        departs_at__gt=now,
    )
    return rows.select_related("property__host", "unit", "connection").order_by("arrives_at")


def channel_of(stay: Stay) -> StayMessage.Channel:
    """Returns the channel by which the guest of a stay is written to."""
    if messaging.can_write(stay):
        return Channel.SYSTEM
    return Channel.EMAIL if is_real(stay.guest_email) else Channel.COPY


def _send(pk: int, *, now: datetime) -> None:
    message = _claim(pk, now=now)
    if message is None:
        return
    if message.stay.cancelled_at is not None:
        _end(message, state=State.WITHDRAWN)
    elif message.channel == Channel.EMAIL:
        _send_mail(message, now=now)
    else:
        _send_by_system(message, now=now)


def _claim(pk: int, *, now: datetime) -> StayMessage | None:
    """Claims the message for some minutes, or returns None.

    A message cut off on its way to a property system is not sent again.
    """
    with transaction.atomic():
        message = StayMessage.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
        if message is None or message.state not in {State.WAITING, State.SENDING}:
            return None
        if message.state == State.SENDING and (message.claimed_until or now) > now:
            return None
        if message.state == State.SENDING and message.channel == Channel.SYSTEM:
            _end(message, state=State.UNKNOWN, failure=_LOST)
            return None
        message.state, message.claimed_until = State.SENDING, now + _LEASE
        message.attempts += 1
        message.save(update_fields=["state", "claimed_until", "attempts"])
    return message


def _send_mail(message: StayMessage, *, now: datetime) -> None:
    headers = {"Message-ID": f"<{message.key}@charging>"}
    style = brands.mail_style(message.stay.property.host)
    mail = mails.compose(message.subject, message.text, message.address, style=style, headers=headers)
    try:
        outbox.deliver(mail)
    except outbox.PrintedError as exc:
        _end(message, state=State.FAILED, failure=str(exc))
    except outbox.FailedError as exc:
        _try_later(message, str(exc), now=now)
    else:
        _end(message, state=State.SENT, sent_at=now)


def _send_by_system(message: StayMessage, *, now: datetime) -> None:
    """Sends the message by the property system.

    If that refuses, it goes by mail or is left for the host to copy, and the reason is stored.
    """
    try:
        messaging.send(message.stay, message.text, now=now)
    except FailedError as exc:
        why = failures.render(exc.code.value, exc.facts, system=_system(message)).sentence
        if exc.code == Code.NO_ANSWER:
            _end(message, state=State.UNKNOWN, failure=why)
        elif exc.code in _REPEATED and message.attempts <= len(_AGAIN_AFTER):
            _try_later(message, why, now=now)
        else:
            _fall_back(message, why, now=now)
    else:
        _end(message, state=State.SENT, sent_at=now)


def _fall_back(message: StayMessage, why: str, *, now: datetime) -> None:
    email = message.stay.guest_email
    if is_real(email):
        values = {"channel": Channel.EMAIL, "address": email, "state": State.WAITING, "attempts": 0, "due_at": now}
    else:
        values = {"channel": Channel.COPY, "state": State.TO_COPY}
    _filter_claimed_row(message).update(failure=why[:300], claimed_until=None, **values)


def _try_later(message: StayMessage, why: str, *, now: datetime) -> None:
    if message.attempts > len(_AGAIN_AFTER):
        _end(message, state=State.FAILED, failure=why)
        return
    due_at = now + _AGAIN_AFTER[message.attempts - 1]
    _filter_claimed_row(message).update(state=State.WAITING, claimed_until=None, due_at=due_at, failure=why[:300])


def _end(message: StayMessage, *, state: StayMessage.State, failure: str = "", sent_at: datetime | None = None) -> None:
    _filter_claimed_row(message).update(state=state, failure=failure[:300], claimed_until=None, sent_at=sent_at)


def _filter_claimed_row(message: StayMessage) -> QuerySet[StayMessage]:
    """Returns the row while this worker holds it, so that a worker that took it over is not overwritten."""
    return StayMessage.objects.filter(pk=message.pk, attempts=message.attempts)


def _system(message: StayMessage) -> str:
    connection = message.stay.connection
    return connection.get_kind_display() if connection else "The property system"
