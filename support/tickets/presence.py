"""Which agents have a ticket open or are writing, and their drafts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from authorization.models import User
from support.models import Draft, Presence, Ticket

FRESH_FOR: Final = timedelta(seconds=40)
"""How long a report counts; pages report every 15 seconds."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Another agent on the ticket."""

    name: str
    is_writing: bool


def note(ticket: Ticket, user: User, *, is_writing: bool, now: datetime) -> None:
    """Records that the agent has the ticket open."""
    facts = {"seen_at": now} | ({"writing_at": now} if is_writing else {})
    Presence.objects.update_or_create(ticket=ticket, user=user, defaults=facts)


def list_colleagues(ticket: Ticket, user: User, *, now: datetime) -> list[Colleague]:
    """Returns the others who have it open now, those writing first. One query."""
    rows = Presence.objects.filter(ticket=ticket, seen_at__gt=now - FRESH_FOR).exclude(user=user)
    colleagues = [
        Colleague(row.user.name or row.user.email, is_writing=bool(row.writing_at and row.writing_at > now - FRESH_FOR))
        for row in rows.select_related("user").order_by("user__email")
    ]
    return sorted(colleagues, key=lambda colleague: not colleague.is_writing)


def keep_draft(ticket: Ticket, user: User, text: str, *, now: datetime) -> None:
    """Stores the agent's draft; an empty text deletes it."""
    if text.strip():
        Draft.objects.update_or_create(ticket=ticket, user=user, defaults={"text": text, "changed_at": now})
    else:
        Draft.objects.filter(ticket=ticket, user=user).delete()


def draft(ticket: Ticket, user: User) -> str:
    """Returns the agent's unsent text."""
    row = Draft.objects.filter(ticket=ticket, user=user).first()
    return row.text if row else ""


def forget(*, now: datetime) -> int:
    """Deletes presence that is a day old."""
    return Presence.objects.filter(seen_at__lt=now - timedelta(days=1)).delete()[0]
