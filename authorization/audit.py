"""The one way to write down an act of a person."""

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
"""Keys of what people typed. Other values may rightly have a check digit, as UIDs do."""
_TICKET: Final[ContextVar[str]] = ContextVar("ticket_of_audit_entries", default="")


@dataclass(frozen=True, slots=True)
class Subject:
    """What was acted upon: its kind, its key, and the name that people know it by."""

    type: str
    id: object
    label: str
    host: Host | None = None


def actor(user: User | ApiKey | None) -> str:
    """Who acts, in a word that outlives the account: `user:` and the e-mail address, `api:` and the key's prefix.

    None is a guest, who acts by the link of a session.
    """
    if user is None:
        return "guest"
    return f"api:{user.prefix}" if isinstance(user, ApiKey) else f"{_PERSON}{user.email}"


def is_person(actor: str) -> bool:
    """Whether somebody with an account acted."""
    return actor.startswith(_PERSON)


def name(actor: str) -> str:
    """The actor as pages and letters show it: a person's e-mail address; any other actor unchanged."""
    return actor.removeprefix(_PERSON)


@contextmanager
def for_ticket(label: str, *, reason: str) -> Iterator[None]:
    """Entries that are written inside carry the ticket's number and why, whichever act writes them."""
    token = _TICKET.set(f"{label}: {reason}")
    try:
        yield
    finally:
        _TICKET.reset(token)


def write_of_driver(verb: str, subject: Subject, *, now: datetime, after: Any = None) -> AuditEntry:
    """Records a driver's change to their own account by the account's id, which is not personal data."""
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
        before=_masked(before),
        after=_masked(after),
        reason=card_numbers.masked(_of_ticket(reason))[:500],
    )


def _of_ticket(reason: str) -> str:
    """The ticket's number and why, then what the act itself says, unless that is the same."""
    ticket = _TICKET.get()
    return ticket if reason and ticket.endswith(f": {reason}") else " ".join(filter(None, (ticket, reason)))


def _masked(values: Any) -> Any:
    """The values without numbers of payment cards in what people typed."""
    if not isinstance(values, dict):
        return values
    return {
        key: card_numbers.masked(value) if key in _TYPED and isinstance(value, str) else _masked(value)
        for key, value in values.items()
    }
