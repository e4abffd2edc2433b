"""Messages to guests: switching them on or off, their text, and sending one again."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, Stay, User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import ArrivalPolicy, ArrivalText, StayMessage
from billing.sessions.arrivals import messages, texts
from billing.sessions.arrivals.texts import MessageText
from chargers.models import Host


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    is_enabled: bool
    hours_before: int
    language: str


class CancelledError(Exception):
    """The booking is cancelled or over, so no message is sent; the message of the error gives the reason."""


def set_policy(host: Host, policy: Policy, *, by: User | ApiKey, now: datetime) -> None:
    """Sets whether and when a host's guests get messages. Raises NotAllowedError."""
    access.require(by, Right.MANAGE, host)
    values = {
        "is_enabled": policy.is_enabled, "hours_before": policy.hours_before, "language": policy.language
    }  # fmt: skip
    with transaction.atomic():
        ArrivalPolicy.objects.update_or_create(host=host, defaults=values)
        audit.write(
            "stay.messages_set", audit.Subject("host", host.slug, host.name, host), user=by, now=now, after=values
        )


def set_text(host: Host, language: str, words: MessageText | None, *, by: User | ApiKey, now: datetime) -> None:
    """Sets the host's own text in a language; None restores the usual text.

    Raises NotAllowedError, UnknownNameError.
    """
    access.require(by, Right.MANAGE, host)
    if words is not None:
        texts.check(words.subject)
        texts.check(words.text)
    with transaction.atomic():
        rows = ArrivalText.objects.filter(host=host, language=language)
        if words is None or words == texts.usual_words(language):
            rows.delete()
        else:
            values = {"subject": words.subject, "text": words.text}
            ArrivalText.objects.update_or_create(host=host, language=language, defaults=values)
        subject = audit.Subject("host", host.slug, host.name, host)
        audit.write(
            "stay.message_text", subject, user=by, now=now, after={"language": language, "own": words is not None}
        )


def send(stay: Stay, *, language: str, by: User | ApiKey, now: datetime) -> StayMessage:
    """Writes the message anew; a worker sends it within seconds. Raises NotAllowedError, CancelledError."""
    access.require(by, Right.MANAGE, stay.property.host)
    if stay.cancelled_at is not None or stay.departs_at <= now:
        raise CancelledError("This booking is cancelled or over: its guest is not written to.")
    with transaction.atomic():
        number = StayMessage.objects.filter(stay=stay).count() + 1
        key = f"stay-{stay.pk}-by-hand-{number}"
        message = messages.write(stay, key=key, language=language, now=now, by=str(by)[:150])
        if message is None:  # the same button pressed twice at the same moment
            return StayMessage.objects.get(key=key)
        subject = audit.Subject("stay", stay.pk, str(stay), stay.property.host)
        audit.write("stay.message_sent", subject, user=by, now=now, after={"channel": message.channel})
    return message
