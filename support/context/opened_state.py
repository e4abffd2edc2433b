"""The facts as they were when a ticket was opened, stored with it, and what has changed since."""

from dataclasses import dataclass
from datetime import datetime

from support.context import facts, suggestions
from support.context.suggestions import Suggestion
from support.models import Ticket


@dataclass(frozen=True, slots=True)
class ChangesSince:
    """`cause` and `evidence` as of the opening. `is_over`: that cause is no longer seen. `new`: evidence since."""

    cause: str
    evidence: tuple[str, ...]
    is_over: bool
    new: tuple[str, ...]


def keep(ticket: Ticket, *, now: datetime) -> None:
    """Stores the facts. Call it in the transaction that opens the ticket, once its details are stored."""
    current_ticket = Ticket.objects.get(pk=ticket.pk)  # what the previous page knew of the charger may be minutes old
    suggestion = suggestions.suggest(facts.load(current_ticket, now=now))
    if suggestion is not None:
        ticket.diagnosis = {
            "cause": suggestion.cause,
            "evidence": [evidence.sentence for evidence in suggestion.evidence],
        }
        ticket.save(update_fields=["diagnosis"])


def find_changes(ticket: Ticket, present: Suggestion | None) -> ChangesSince | None:
    """Returns what has changed since the opening; None if nothing was found then, or nothing has changed."""
    diagnosis = ticket.diagnosis
    if not diagnosis:
        return None
    evidence = tuple(str(sentence) for sentence in diagnosis["evidence"])
    current_sentences = tuple(clue.sentence for clue in present.evidence) if present is not None else ()
    is_over = present is None or present.cause != diagnosis["cause"]
    if not is_over and set(current_sentences) == set(evidence):
        return None
    return ChangesSince(
        str(diagnosis["cause"]),
        evidence,
        is_over,
        tuple(sentence for sentence in current_sentences if sentence not in evidence),
    )
