"""What the facts said when a ticket was opened, and what has changed since."""

import pytest

from support.context import opened_state
from support.context.opened_state import ChangesSince
from support.context.suggestions import Evidence, Suggestion
from support.models import Ticket

DIAGNOSIS = {"cause": "The cable is loose.", "evidence": ["It paused twice.", "The car asked for less."]}


def suggestion(cause: str, *evidence: str) -> Suggestion:
    return Suggestion(cause=cause, reply="", actions=(), evidence=tuple(Evidence(text) for text in evidence))


def test_without_a_cause_at_the_opening_nothing_is_compared():
    assert opened_state.find_changes(Ticket(), suggestion("The cable is loose.")) is None


def test_as_it_was_there_is_nothing_to_say():
    present = suggestion("The cable is loose.", "The car asked for less.", "It paused twice.")

    assert opened_state.find_changes(Ticket(diagnosis=DIAGNOSIS), present) is None


@pytest.mark.parametrize(
    ("present", "is_over", "new"),
    [
        (None, True, ()),
        (suggestion("The charger is offline.", "No contact."), True, ("No contact.",)),
        (suggestion("The cable is loose.", "It paused twice.", "It broke."), False, ("It broke.",)),
        (suggestion("The cable is loose."), False, ()),
    ],
)
def test_what_changed_is_told_beside_what_was_seen(present: Suggestion | None, is_over: bool, new: tuple[str, ...]):
    since = opened_state.find_changes(Ticket(diagnosis=DIAGNOSIS), present)

    assert since == ChangesSince("The cable is loose.", tuple(DIAGNOSIS["evidence"]), is_over, new)
