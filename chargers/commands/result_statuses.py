"""Which status of a charger's answer means yes, no, or not supported. Pure. What it says: `chargers.sentences`."""

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
    """How a command ended, with what people read of it."""

    result: Result
    sentences: Sentences

    @property
    def words(self) -> str:
        """In English."""
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
"""A status that elsewhere means no. All else is a refusal."""


def of_status(action: str, status: str) -> Result:
    """What a status other than Accepted means as the answer to this action."""
    if status in _ACCEPTED or (action, status) in _ACCEPTED_BY_ACTION:
        return Result.ACCEPTED
    return Result.NOT_SUPPORTED if status in _NOT_SUPPORTED else Result.REJECTED
