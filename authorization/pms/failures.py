"""Why a system could not be read: a code with facts, its sentence, and who has to act; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Move(StrEnum):
    """Who can fix it."""

    HOST = "host"
    SYSTEM = "system"
    US = "us"


MOVES: Final[Mapping[Move, str]] = {
    Move.HOST: "the host",
    Move.SYSTEM: "the property system",
    Move.US: "our support",
}


_WHO_REPAIRS: Final[Mapping[Move, str]] = {
    Move.HOST: "The host can put this right.",
    Move.SYSTEM: "Only the property system can put this right.",
    Move.US: "Our support puts this right.",
}


class Code(StrEnum):
    """Stored with the connection, and never renamed."""

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
    """The texts of a failure. `pattern` takes the failure's facts and `{system}`; `fix` tells the mover what to do."""

    pattern: str
    move: Move
    fix: str


EXPLANATIONS: Final[Mapping[Code, Explanation]] = {
    Code.CREDENTIALS_REFUSED: Explanation(
        "{system} refused the credentials ({status}).", Move.HOST, "Make new ones there and enter them here."
    ),
    Code.FOLIO_CLOSED: Explanation(
        "The bill of this booking in {system} is closed, or there is none.",
        Move.HOST,
        "Open it there, or settle with the guest yourself.",
    ),
    Code.OTHER_CURRENCY: Explanation(
        "The bill of this booking in {system} is in {theirs}, and the price here in {ours}.",
        Move.HOST,
        "Use a rate in the currency of the property.",
    ),
    Code.CHARGE_REFUSED: Explanation(
        "{system} did not take the charge ({status}).",
        Move.HOST,
        "Look at the booking there: it may be checked out, or the product for charging is missing.",
    ),
    Code.UNDO_BY_HAND: Explanation(
        "{system} never said by which reference the line with {key} is taken back, as its answer got lost.",
        Move.HOST,
        "Void the line there.",
    ),
    Code.CREDENTIALS_MISSING: Explanation(
        "The credentials are incomplete: {missing} is missing.", Move.HOST, "Enter them."
    ),
    Code.NOT_PERMITTED: Explanation(
        "{system} answered that these credentials may not read bookings (403).",
        Move.HOST,
        "Give the key the right to read listings and reservations there.",
    ),
    Code.ADDRESS_GONE: Explanation(
        "There is nothing at this address any more ({status}).",
        Move.HOST,
        "Copy the address again from the system, and enter it here.",
    ),
    Code.ADDRESS_MOVED: Explanation(
        "The address leads to another one ({status}), which is not followed.",
        Move.HOST,
        "Open it in a browser, and enter the address where it ends.",
    ),
    Code.ADDRESS_PRIVATE: Explanation(
        "The address is inside a private network, so it was not called.", Move.HOST, "Enter its public address."
    ),
    Code.NOT_A_CALENDAR: Explanation(
        "What came is no calendar but {what}.", Move.HOST, "Copy the calendar's export link again, and enter it here."
    ),
    Code.EMPTY_CALENDAR: Explanation(
        "The calendar has no entry at all, which may be a mistake; no stay was ended.",
        Move.HOST,
        "Look at the calendar there. A house without any booking needs no action.",
    ),
    Code.TOO_LARGE: Explanation(
        "{system} sent more than {limit}.", Move.HOST, "Of a calendar, enter the export link of one listing only."
    ),
    Code.TOO_MANY: Explanation(
        "{system} sent more than {limit} entries.",
        Move.HOST,
        "Of a calendar, enter the export link of one listing only.",
    ),
    Code.TOO_SLOW: Explanation(
        "The calendar takes too long to read.", Move.HOST, "Enter the export link of one listing only."
    ),
    Code.NO_ANSWER: Explanation("{system} {what}.", Move.SYSTEM, "It is tried again by itself."),
    Code.SLOW_DOWN: Explanation(
        "{system} asked to wait (429) until {until} UTC.", Move.SYSTEM, "It is tried again by itself then."
    ),
    Code.SERVER_ERROR: Explanation("{system} answered {status}.", Move.SYSTEM, "It is tried again by itself."),
    Code.UNREADABLE_ANSWER: Explanation(
        "{system} answered with something else than its documented format: {what}.",
        Move.US,
        "Tell our support; it is tried again by itself.",
    ),
    Code.UNREADABLE_SECRET: Explanation(
        "The stored credentials cannot be read here.", Move.HOST, "Enter the address and the credentials again."
    ),
    Code.TOKEN_BUDGET: Explanation(
        "{system} gives only so many access tokens a day, and all were asked for; the next one is at {until} UTC.",
        Move.HOST,
        "See whether something else uses the same key, and give this connection a key of its own.",
    ),
    Code.UNEXPECTED: Explanation(
        "Reading it failed here, by a mistake of ours.", Move.US, "It is logged, and tried again by itself."
    ),
}


class FailedError(Exception):
    """Reading a system failed."""

    def __init__(self, code: Code, **facts: Any) -> None:
        super().__init__(code.value)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failure as shown to people. `whose_move` is a word of MOVES."""

    code: str
    sentence: str
    fix: str
    move: Move

    @property
    def whose_move(self) -> str:
        return MOVES[self.move]

    @property
    def who_repairs(self) -> str:
        """Returns who can fix it, as a sentence."""
        return _WHO_REPAIRS[self.move]


def render(code: str, facts: Mapping[str, Any], *, system: str) -> Failure:
    """Returns the failure in English; a code of another release gives a failure without details."""
    try:
        explanation = EXPLANATIONS[Code(code)]
        sentence = explanation.pattern.format_map({"system": system, **facts})
    except (ValueError, KeyError):
        explanation = EXPLANATIONS[Code.UNEXPECTED]
        sentence = explanation.pattern
    return Failure(code=code, sentence=sentence, fix=explanation.fix, move=explanation.move)
