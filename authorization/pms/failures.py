"""Why a call to a property management system failed: a code with facts, its sentence, and who has to act; pure.

A call reads bookings, posts a charge to the bill of a booking, or sends a guest a message.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Responsible(StrEnum):
    """Who has to act."""

    HOST = "host"
    SYSTEM = "system"
    US = "us"


RESPONSIBLE_NAMES: Final[Mapping[Responsible, str]] = {
    Responsible.HOST: "the host",
    Responsible.SYSTEM: "the property system",
    Responsible.US: "our support",
}


_WHO_REPAIRS: Final[Mapping[Responsible, str]] = {
    Responsible.HOST: "The host can put this right.",
    Responsible.SYSTEM: "Only the property system can put this right.",
    Responsible.US: "Our support puts this right.",
}


class Code(StrEnum):
    """The cause of a failure. Stored with the connection, so a code is never renamed."""

    CREDENTIALS_REFUSED = "credentials_refused"
    CREDENTIALS_MISSING = "credentials_missing"
    NOT_PERMITTED = "not_permitted"
    ADDRESS_GONE = "address_gone"
    ADDRESS_MOVED = "address_moved"
    ADDRESS_PRIVATE = "address_private"
    NOT_A_CALENDAR = "not_a_calendar"
    EMPTY_CALENDAR = "empty_calendar"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    TOO_SLOW = "too_slow"
    NO_ANSWER = "no_answer"
    SLOW_DOWN = "slow_down"
    SERVER_ERROR = "server_error"
    UNREADABLE_ANSWER = "unreadable_answer"
    UNREADABLE_SECRET = "unreadable_secret"  # noqa: S105
    TOKEN_BUDGET = "token_budget"  # noqa: S105
    FOLIO_CLOSED = "folio_closed"
    OTHER_CURRENCY = "other_currency"
    CHARGE_REFUSED = "charge_refused"
    UNDO_BY_HAND = "undo_by_hand"
    UNEXPECTED = "unexpected"


@dataclass(frozen=True, slots=True)
class Explanation:
    """The texts of a failure.

    `pattern` takes the failure's facts and `{system}`; `fix` tells who is responsible what to do.
    """

    pattern: str
    responsible: Responsible
    fix: str


_ONE_LISTING: Final = "If it is a calendar, enter the export link of a single listing."
_RETRIED: Final = "We try again automatically."
EXPLANATIONS: Final[Mapping[Code, Explanation]] = {
    Code.CREDENTIALS_REFUSED: Explanation(
        "{system} refused the credentials ({status}).", Responsible.HOST, "Make new ones there and enter them here."
    ),
    Code.FOLIO_CLOSED: Explanation(
        "The bill of this booking in {system} is closed, or there is none.",
        Responsible.HOST,
        "Open it there, or settle with the guest yourself.",
    ),
    Code.OTHER_CURRENCY: Explanation(
        "The bill of this booking in {system} is in {theirs}, and the price here in {ours}.",
        Responsible.HOST,
        "Use a rate in the currency of the property.",
    ),
    Code.CHARGE_REFUSED: Explanation(
        "{system} refused to add the amount to the bill ({status}).",
        Responsible.HOST,
        "Check the booking there: the guest may have checked out, or the product for EV charging may be missing.",
    ),
    Code.UNDO_BY_HAND: Explanation(
        "The line {key} on the bill in {system} cannot be removed from here: its reference there is unknown.",
        Responsible.HOST,
        "Remove the line there.",
    ),
    Code.CREDENTIALS_MISSING: Explanation(
        "The credentials are incomplete: {missing} is missing.", Responsible.HOST, "Enter them."
    ),
    Code.NOT_PERMITTED: Explanation(
        "{system} answered that these credentials may not read bookings (403).",
        Responsible.HOST,
        "Give the key the right to read listings and reservations there.",
    ),
    Code.ADDRESS_GONE: Explanation(
        "There is nothing at this address any more ({status}).",
        Responsible.HOST,
        "Copy the address again from the system, and enter it here.",
    ),
    Code.ADDRESS_MOVED: Explanation(
        "The address leads to another one ({status}), which is not followed.",
        Responsible.HOST,
        "Open it in a browser, and enter the address where it ends.",
    ),
    Code.ADDRESS_PRIVATE: Explanation(
        "The address is inside a private network, so it was not called.", Responsible.HOST, "Enter its public address."
    ),
    Code.NOT_A_CALENDAR: Explanation(
        "The address gave {what} instead of a calendar.",
        Responsible.HOST,
        "Copy the calendar's export link again, and enter it here.",
    ),
    Code.EMPTY_CALENDAR: Explanation(
        "The calendar has no entries, which may be a mistake, so all stays were left as they are.",
        Responsible.HOST,
        "Check the calendar there. If there are no bookings, you need to do nothing.",
    ),
    Code.TOO_LARGE: Explanation("{system} sent more than {limit}.", Responsible.HOST, _ONE_LISTING),
    Code.TOO_MANY: Explanation(
        "{system} sent more than {limit} entries.",
        Responsible.HOST,
        _ONE_LISTING,
    ),
    Code.TOO_SLOW: Explanation(
        "The calendar takes too long to read.", Responsible.HOST, "Enter the export link of a single listing."
    ),
    Code.NO_ANSWER: Explanation("{system} {what}.", Responsible.SYSTEM, _RETRIED),
    Code.SLOW_DOWN: Explanation(
        "{system} asked us to wait until {until} UTC (429).", Responsible.SYSTEM, "We try again then."
    ),
    Code.SERVER_ERROR: Explanation("{system} answered with an error ({status}).", Responsible.SYSTEM, _RETRIED),
    Code.UNREADABLE_ANSWER: Explanation(
        "{system} did not answer in its documented format: {what}.",
        Responsible.US,
        "Tell our support. We try again automatically.",
    ),
    Code.UNREADABLE_SECRET: Explanation(
        "The stored credentials cannot be read here.", Responsible.HOST, "Enter the address and the credentials again."
    ),
    Code.TOKEN_BUDGET: Explanation(
        "{system} limits access tokens to a number a day, and all were used. The next one is at {until} UTC.",
        Responsible.HOST,
        "See whether something else uses the same key, and give this connection a key of its own.",
    ),
    Code.UNEXPECTED: Explanation(
        "It failed because of an error of ours.", Responsible.US, "The error is logged. We try again automatically."
    ),
}


class FailedError(Exception):
    """A call to a property management system failed."""

    def __init__(self, code: Code, **facts: Any) -> None:
        super().__init__(code.value)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failure as shown to people."""

    code: str
    sentence: str
    fix: str
    responsible: Responsible

    @property
    def responsible_name(self) -> str:
        """Returns who has to act, such as "the host"."""
        return RESPONSIBLE_NAMES[self.responsible]

    @property
    def who_repairs(self) -> str:
        """Returns who can fix it, as a sentence."""
        return _WHO_REPAIRS[self.responsible]


def render(code: str, facts: Mapping[str, Any], *, system: str) -> Failure:
    """Returns the failure in English.

    If this release does not know the code, or the stored facts lack what its sentence needs, the texts are those of
    UNEXPECTED.
    """
    try:
        explanation = EXPLANATIONS[Code(code)]
        sentence = explanation.pattern.format_map({"system": system, **facts})
    except (ValueError, KeyError):
        explanation = EXPLANATIONS[Code.UNEXPECTED]
        sentence = explanation.pattern
    return Failure(code=code, sentence=sentence, fix=explanation.fix, responsible=explanation.responsible)
