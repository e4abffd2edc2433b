"""The audit trail: the only module that writes entries."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from authorization.models import ApiKey, AuditEntry, User
from chargers.models import Host
from chargers.text import card_numbers

_PERSON: Final = "user:"
_TYPED: Final = frozenset(
    ("answer", "blocked_reason", "employer", "employer_contact", "explanation", "guest_name", "message", "name", "note",
     "owner", "reason", "text")
)  # fmt: skip
"""Keys of texts that people typed. Other values, such as UIDs, may pass the check digit test by chance."""
_TICKET: Final[ContextVar[str]] = ContextVar("ticket_of_audit_entries", default="")


@dataclass(frozen=True, slots=True)
class Subject:
    """What was acted upon: its kind, its key, and the name by which people know it."""

    type: str
    id: object
    label: str
    host: Host | None = None


def actor(user: User | ApiKey | None) -> str:
    """Returns the actor as a text that outlives the account: `user:` and the address, or `api:` and the key's prefix.

    None stands for a guest, who acts by the link of a session.
    """
    if user is None:
        return "guest"
    return f"api:{user.prefix}" if isinstance(user, ApiKey) else f"{_PERSON}{user.email}"


def is_person(actor: str) -> bool:
    """Whether the actor is a user with an account."""
    return actor.startswith(_PERSON)


def name(actor: str) -> str:
    """Returns the actor as pages and mails show it: a user's e-mail address; any other actor unchanged."""
    return actor.removeprefix(_PERSON)


@contextmanager
def for_ticket(label: str, *, reason: str) -> Iterator[None]:
    """Adds the ticket's number and reason to all entries that are written inside the block."""
    token = _TICKET.set(f"{label}: {reason}")
    try:
        yield
    finally:
        _TICKET.reset(token)


def write_of_driver(verb: str, subject: Subject, *, now: datetime, after: Any = None) -> AuditEntry:
    """Records a driver's change to their own account under the account's id, which is not personal data."""
    return AuditEntry.objects.create(
        at=now,
        actor=f"driver:{subject.id}",
        host=subject.host,
        verb=verb,
        subject_type=subject.type,
        subject_id=str(subject.id),
        subject_label=subject.label[:200],
        after=after,
    )


def write(
    verb: str,
    subject: Subject,
    *,
    user: User | ApiKey | None,
    now: datetime,
    before: Any = None,
    after: Any = None,
    reason: str = "",
) -> AuditEntry:
    """Appends an entry; call it in the transaction of the act itself."""
    return AuditEntry.objects.create(
        at=now,
        actor=actor(user),
        user=None if isinstance(user, ApiKey) else user,
        host=subject.host,
        verb=verb,
        subject_type=subject.type,
        subject_id=str(subject.id),
        subject_label=subject.label[:200],
        before=_mask_card_numbers(before),
        after=_mask_card_numbers(after),
        reason=card_numbers.mask(_prepend_ticket(reason))[:500],
    )


def _prepend_ticket(reason: str) -> str:
    """Returns the ticket's number and reason, followed by the act's own reason if that differs."""
    ticket = _TICKET.get()
    return ticket if reason and ticket.endswith(f": {reason}") else " ".join(filter(None, (ticket, reason)))


def _mask_card_numbers(values: Any) -> Any:
    """Returns the values with payment card numbers masked in texts that people typed."""
    if not isinstance(values, dict):
        return values
    return {
        key: card_numbers.mask(value) if key in _TYPED and isinstance(value, str) else _mask_card_numbers(value)
        for key, value in values.items()
    }
