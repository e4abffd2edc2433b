"""Previews of sending the message before arrival again: to whom, how, in which language, what was sent before."""

from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from authorization.models import Stay
from authorization.visits import stays
from billing.formatting import contacts
from billing.models import StayMessage
from billing.sessions.arrivals import history, messages
from support.tools.case import NotPossibleError, Preview, TicketContext, clock

_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Resend:
    """A stay whose guest gets the message, and the language."""

    stay: Stay
    language: str


def of_case(case: TicketContext) -> QuerySet[Stay]:
    """Returns the bookings of the ticket's host that are not over, next ones first."""
    if case.host is None:
        return Stay.objects.none()
    rows = Stay.objects.filter(property__host=case.host, cancelled_at=None, departs_at__gt=case.now)
    return rows.select_related("property__host", "unit", "connection").order_by("arrives_at", "pk")


def choices(case: TicketContext) -> list[Stay]:
    """Returns the bookings to choose from, that of the ticket's session first."""
    own = case.session.stay_id if case.session else None
    return sorted(of_case(case)[:_LIMIT], key=lambda stay: stay.pk != own)


def obstacle(case: TicketContext) -> str:
    if case.host is None:
        return "The ticket names no charger, session or host: set one under Acts first."
    if not of_case(case).exists():
        return f"{case.host.name} has no booking that is not over: nobody can be written to."
    return ""


def resend(case: TicketContext, request: Resend) -> Preview:
    """Previews the message. Raises NotPossibleError."""
    stay = request.stay
    if not stays.is_open(stay, now=case.now):
        raise NotPossibleError("This booking is cancelled or over: its guest is not written to.")
    sent_messages = list(history.messages_of([stay.pk])[:_LIMIT])
    words = messages.preview(stay, language=request.language, now=case.now)
    sentences = [f"{describe_stay(case, stay)}.", _describe_channel(stay), f"It says: “{words.subject}”."]
    sentences += [f"Written {clock(case, row.asked_at)}: {_state(row)}." for row in sent_messages[:3]] or [
        "Never written so far."
    ]
    warns = [f"{row.get_state_display()}: {row.failure}" for row in sent_messages[:1] if row.failure]
    stamp = f"{messages.channel_of(stay)}:{len(sent_messages)}"
    return Preview(says=tuple(sentences), warns=tuple(warns), button="Send it again", stamp=stamp)


def describe_stay(case: TicketContext, stay: Stay) -> str:
    """Returns the booking's name, by which agents tell bookings apart."""
    place_name = stay.unit.name if stay.unit else stay.property.name
    code = f", {stay.reference}" if stay.reference else ""
    return f"{stay.guest_name or 'A guest'} at {place_name}, from {clock(case, stay.arrives_at)}{code}"


def _describe_channel(stay: Stay) -> str:
    match messages.channel_of(stay):
        case StayMessage.Channel.SYSTEM:
            system = stay.connection.get_kind_display() if stay.connection else "the property system"
            return f"{system} passes the message on to the guest."
        case StayMessage.Channel.EMAIL:
            return f"It goes by mail to {contacts.mask_address(stay.guest_email)}."
        case _:
            return "There is no way to write to the guest: the text is put on the stay’s page, for the host to copy."


def _state(row: StayMessage) -> str:
    by = f", asked for by {row.asked_by}" if row.asked_by else ""
    return f"{row.get_channel_display().lower()}, {row.get_state_display().lower()}{by}"
