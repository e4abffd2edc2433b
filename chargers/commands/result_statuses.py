"""Maps the status of a charger's answer to accepted, refused or not supported.

Pure. Sentences: `chargers.sentences`.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from chargers.sentences import commands
from chargers.sentences.stored import Sentences

_MAX_WORDS: Final = 255


class Result(Enum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOT_SUPPORTED = "not_supported"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a command ended, with sentences about it."""

    result: Result
    sentences: Sentences

    @property
    def words(self) -> str:
        """Returns the sentences in English."""
        return commands.english(self.sentences)[:_MAX_WORDS]


_ACCEPTED: Final = frozenset(
    ("AcceptedCanceled", "EmptyResultSet", "RebootRequired", "Scheduled", "Unlocked", "Unpublished")
)
_NOT_SUPPORTED: Final = frozenset(
    (
        "ConditionNotSupported",
        "LanguageNotSupported",
        "NotImplemented",
        "NotSupported",
        "NotSupportedMessageFormat",
        "NotSupportedPriority",
        "NotSupportedState",
        "UnknownMessageId",
        "UnknownVendorId",
    )
)
_ACCEPTED_BY_ACTION: Final = frozenset(
    (
        ("GetChargingProfiles", "NoProfiles"),
        ("GetDERControl", "NotFound"),
        ("GetDisplayMessages", "Unknown"),
        ("GetInstalledCertificateIds", "NotFound"),
        ("GetTariffs", "NoTariff"),
    )
)
"""Statuses that are harmless in answers to these actions. All others mean a refusal."""


def of_status(action: str, status: str) -> Result:
    """Returns the meaning of a status other than Accepted in answers to this action."""
    if status in _ACCEPTED or (action, status) in _ACCEPTED_BY_ACTION:
        return Result.ACCEPTED
    return Result.NOT_SUPPORTED if status in _NOT_SUPPORTED else Result.REJECTED
