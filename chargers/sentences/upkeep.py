"""Sentences about chargers' local lists and charging profiles. Pure."""

from enum import StrEnum
from typing import Final


class UpkeepCode(StrEnum):
    """Codes of sentences about lists and profiles. The part before the dot is the subject."""

    LIST_NOT_ANSWERED = "sync.not_answered"
    LIST_REFUSED_TWICE = "sync.refused_twice"
    LIST_EMPTIED = "drift.emptied"
    LIST_CHANGED = "drift.changed"
    PROFILE_REFUSED = "profile.refused"


PATTERNS: Final[dict[str, str]] = {
    UpkeepCode.LIST_NOT_ANSWERED: (
        "The charger did not answer %(tries)s times in a row; it is asked again in an hour."
    ),
    UpkeepCode.LIST_REFUSED_TWICE: "The full list was sent once more, and refused again.",
    UpkeepCode.LIST_EMPTIED: "It had no list any more, where version %(ours)s was ours: somebody emptied it.",
    UpkeepCode.LIST_CHANGED: (
        "It had version %(reported)s, where version %(ours)s was ours: somebody else changed its list."
    ),
    UpkeepCode.PROFILE_REFUSED: "The charger refused.",
}
