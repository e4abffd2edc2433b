"""What the facts said when a ticket was opened, kept with it, and what has changed since."""

from dataclasses import dataclass
from datetime import datetime

from support.context import facts, suggestions
from support.context.suggestions import Suggestion
from support.models import Ticket


@dataclass(frozen=True, slots=True)
class Since:
    """`cause` and `evidence` of the opening; `is_over`: that cause is not seen any more. `new`: evidence since."""

    cause: str
    evidence: tuple[str, ...]
    is_over: bool
    new: tuple[str, ...]


def keep(ticket: Ticket, *, now: datetime) -> None:
    """Call it in the transaction that opens the ticket, once its details are stored."""
    fresh = Ticket.objects.get(pk=ticket.pk)  # what the page before knew of the charger may be minutes old
    suggestion = suggestions.suggest(facts.load(fresh, now=now))
    if suggestion is not None:
        ticket.diagnosis = {
            "cause": suggestion.cause,
            "evidence": [evidence.sentence for evidence in suggestion.evidence],
        }
        ticket.save(update_fields=["diagnosis"])


def since(ticket: Ticket, present: Suggestion | None) -> Since | None:
    """What the page shows beside the present cause; None: nothing was found at the opening, or all is as it was."""
    diagnosis = ticket.diagnosis
    if not diagnosis:
        return None
    evidence = tuple(str(sentence) for sentence in diagnosis["evidence"])
    seen = tuple(clue.sentence for clue in present.evidence) if present is not None else ()
    is_over = present is None or present.cause != diagnosis["cause"]
    if not is_over and set(seen) == set(evidence):
        return None
    return Since(
        str(diagnosis["cause"]), evidence, is_over, tuple(sentence for sentence in seen if sentence not in evidence)
    )
