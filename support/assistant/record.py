"""Stored conversations: begun, extended turn by turn, read again, deleted."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from authorization.models import User
from billing.models import Session
from support.assistant import dialogue
from support.assistant.dialogue import Line, Stage, State
from support.models import Conversation, ConversationTurn, Ticket
from support.tickets.lifecycle import Facts
from support.topics.details import Detail
from support.topics.topic import Asker

Author = ConversationTurn.Author
KEPT_FOR: Final = timedelta(days=90)
_SESSION: Final = "session"
"""The session state's key, stored with the dialogue's state."""
MAX_TURNS: Final = 120
"""Longer than any useful conversation: after that only an agent can help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConversation:
    """Who asks, and what is already known. `email`: the address for replies, if known."""

    asker: Asker
    language: str = "en"
    user: User | None = None
    email: str = ""
    facts: Facts = field(default_factory=Facts)
    known_details: dict[Detail, str] = field(default_factory=dict)


def begin(new: NewConversation, *, now: datetime) -> Conversation:
    return Conversation.objects.create(
        secret=secrets.token_urlsafe(32),
        asker=new.asker,
        language=new.language,
        user=new.user,
        email=new.email.lower(),
        known=dict(new.known_details),
        opened_at=now,
        changed_at=now,
        **_columns(new.facts),
    )


def facts(row: Conversation) -> Facts:
    """Returns what the conversation is about, as far as known."""
    return Facts(
        host=row.host,
        property=row.property,
        charger=row.charger,
        session=row.session,
        payout=row.payout,
        proof=Ticket.Proof(row.proof),
    )


def note(row: Conversation, text: str, *, now: datetime) -> None:
    """Stores the person's turn as text."""
    if text:
        ConversationTurn.objects.create(conversation=row, author=Author.PERSON, text=text, at=now)


def store(row: Conversation, state: State, lines: Sequence[Line], facts: Facts, *, now: datetime) -> None:
    """Stores the assistant's turn, in the person's language, and the dialogue's state."""
    with translation.override(row.language):
        text = "\n\n".join(_(line.text) % line.values if line.values else _(line.text) for line in lines)
    if text:
        ConversationTurn.objects.create(conversation=row, author=Author.ASSISTANT, text=text, at=now)
    for name, value in _columns(facts).items():
        setattr(row, name, value)
    row.state = state.stored() | {_SESSION: session_state(facts)}
    row.topic, row.changed_at = state.topic or None, now
    if state.stage is Stage.SOLVED:
        row.outcome = Conversation.Outcome.SOLVED
    elif row.outcome == Conversation.Outcome.SOLVED:
        row.outcome = Conversation.Outcome.RUNNING
    row.save()


def state(row: Conversation) -> State:
    return dialogue.parse_state(row.state)


def session_state(facts: Facts) -> str:
    """Returns the state of the session that is proved to be the person's; empty if there is none."""
    if facts.session is None or not facts.proof:
        return ""
    return Session.objects.values_list("state", flat=True).get(pk=facts.session.pk)


def has_session_changed(row: Conversation) -> bool:
    """Whether the session's state has changed since the assistant last wrote."""
    return _SESSION in row.state and row.state[_SESSION] != session_state(facts(row))


def newest(row: Conversation) -> int:
    """Returns the number of the last turn, which the next answer refers to; 0 if there is none."""
    return row.turns.order_by("-id").values_list("id", flat=True).first() or 0


def open_of(session: Session, *, user: User | None) -> Conversation | None:
    """Returns the newest open conversation from the session's own link, without an account or with this one."""
    rows = Conversation.objects.filter(
        session=session, proof=Ticket.Proof.LINK, asker=Asker.GUEST, outcome=Conversation.Outcome.RUNNING, ticket=None
    )
    return rows.filter(Q(user=None) | Q(user=user), turns__isnull=False).order_by("-changed_at").first()


def join_person_texts(row: Conversation) -> str:
    """Returns what the person wrote, without the assistant's texts."""
    texts = row.turns.filter(author=Author.PERSON).order_by("id").values_list("text", flat=True)
    return "\n".join(texts)


def transcript(row: Conversation) -> str:
    """Returns the whole conversation, for the agent."""
    lines = [
        f"{'Assistant' if turn.author == Author.ASSISTANT else 'Person'}, {turn.at:%H:%M} UTC: {turn.text}"
        for turn in row.turns.order_by("id")
    ]
    return "Conversation with the assistant\n\n" + "\n\n".join(lines)


def forget(*, now: datetime) -> int:
    """Deletes conversations not continued for 90 days; their tickets keep the transcript."""
    return Conversation.objects.filter(changed_at__lt=now - KEPT_FOR).delete()[1].get("support.Conversation", 0)


def _columns(facts: Facts) -> dict[str, object]:
    return {
        "host": facts.host,
        "property": facts.property,
        "charger": facts.charger,
        "session": facts.session,
        "payout": facts.payout,
        "proof": facts.proof,
    }
