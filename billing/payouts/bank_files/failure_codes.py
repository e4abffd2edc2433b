"""Maps the failure codes of processors and banks to what a host reads and may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Responsible(StrEnum):
    """Who has to act next."""

    HOST = "host"
    PLATFORM = "platform"
    BANK = "bank"
    NOBODY = "nobody"


class Repeat(StrEnum):
    """Whether the payout may be sent again."""

    AS_IS = "as_is"
    NEW_ACCOUNT = "new_account"
    AFTER_REVIEW = "after_review"


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure code. `sentence` is for the host: the cause, then what happens next."""

    code: str
    sentence: str
    responsible: Responsible
    repeat: Repeat

    @property
    def cause(self) -> str:
        """Returns the cause without the advice."""
        return f"{self.sentence.partition('. ')[0].removesuffix('.')}."


_CLOSED = "The bank account is closed. Add another account; the payout is then sent again."
_FROZEN = "The bank has blocked the account. Ask your bank to release it, or add another account."
_WRONG_NUMBER = "The account number does not exist at the bank. Check it and add the account again."
_NO_ACCOUNT = "The bank finds no account with this number and name. Check both and add the account again."
_WRONG_NAME = (
    "The name of the account's holder is not the one that the bank knows. Add the account with the holder's name."
)
_NOT_PAYABLE = (
    "The account cannot receive such payments: savings and loan accounts often cannot. Add a current account."
)
_OUR_FUNDS = "Our account did not cover the payout. We send it again; you need to do nothing."
_REFUSED = "The bank refused the payment without a reason that it gives us. We ask the bank, and let you know."
_RETRY = "The bank could not process the payment. We send it again; you need to do nothing."
_INCOMPLETE = "The bank misses data that its rules require of a payment. We complete it and send it again."

_STRIPE: Final = (
    Failure("account_closed", _CLOSED, Responsible.HOST, Repeat.NEW_ACCOUNT),
    Failure("account_frozen", _FROZEN, Responsible.HOST, Repeat.NEW_ACCOUNT),
    Failure(
        "bank_account_restricted",
        "The account may not receive this kind or number of payments. Add another account, or ask your bank.",
        Responsible.HOST, Repeat.NEW_ACCOUNT,
    ),
    Failure(
        "bank_ownership_changed",
        "The account has passed to another bank, and its number with it. Add the account with its new number.",
        Responsible.HOST, Repeat.NEW_ACCOUNT,
    ),
    Failure("could_not_process", _RETRY, Responsible.PLATFORM, Repeat.AS_IS),
    Failure(
        "debit_not_authorized",
        "Debits from the account are not allowed. Allow them at your bank, or add another account.",
        Responsible.HOST, Repeat.AFTER_REVIEW,
    ),
    Failure("declined", _REFUSED, Responsible.BANK, Repeat.AFTER_REVIEW),
    Failure("incorrect_account_holder_name", _WRONG_NAME, Responsible.HOST, Repeat.NEW_ACCOUNT),
    Failure("insufficient_funds", _OUR_FUNDS, Responsible.PLATFORM, Repeat.AS_IS),
    Failure("invalid_account_number", _WRONG_NUMBER, Responsible.HOST, Repeat.NEW_ACCOUNT),
    Failure(
        "invalid_currency",
        "The account is not kept in the currency of the payout. Add an account in that currency.",
        Responsible.HOST, Repeat.NEW_ACCOUNT,
    ),
    Failure("no_account", _NO_ACCOUNT, Responsible.HOST, Repeat.NEW_ACCOUNT),
    Failure(
        "unsupported_card",
        "The card cannot receive payouts. Add a bank account, or a debit card that can.",
        Responsible.HOST, Repeat.NEW_ACCOUNT,
    ),
)  # fmt: skip
_ISO: Final = (
    Failure("AC01", _WRONG_NUMBER, Responsible.HOST, Repeat.NEW_ACCOUNT),
    Failure("AC03", _WRONG_NUMBER, Responsible.HOST, Repeat.NEW_ACCOUNT),
    Failure("AC04", _CLOSED, Responsible.HOST, Repeat.NEW_ACCOUNT),
    Failure("AC06", _FROZEN, Responsible.HOST, Repeat.NEW_ACCOUNT),
    Failure("AG01", _NOT_PAYABLE, Responsible.HOST, Repeat.NEW_ACCOUNT),
    Failure(
        "AG02", "The bank does not know this kind of payment. We send it in another way.", Responsible.PLATFORM,
        Repeat.AFTER_REVIEW,
    ),
    Failure("AM04", _OUR_FUNDS, Responsible.PLATFORM, Repeat.AS_IS),
    Failure(
        "AM05", "The bank took the payment for a second copy of another one. We check which of the two arrived.",
        Responsible.PLATFORM, Repeat.AFTER_REVIEW,
    ),
    Failure("BE01", _WRONG_NAME, Responsible.HOST, Repeat.NEW_ACCOUNT),
    Failure(
        "BE04", "The bank wants the address of the account's holder. Complete it; the payout is then sent again.",
        Responsible.HOST, Repeat.AFTER_REVIEW,
    ),
    Failure(
        "BE05", "The bank does not recognise us as the payer. We settle that with the bank, and send it again.",
        Responsible.PLATFORM, Repeat.AFTER_REVIEW,
    ),
    Failure(
        "FOCR", "The payment was called back before it was booked. We tell you why, and when it is sent again.",
        Responsible.PLATFORM, Repeat.AFTER_REVIEW,
    ),
    Failure(
        "MD07", "The bank reports that the account's holder has died. The heirs may add another account.",
        Responsible.NOBODY, Repeat.NEW_ACCOUNT,
    ),
    Failure(
        "MS02", "The account's holder refused the payment. Tell us whether it was expected, or add another account.",
        Responsible.HOST, Repeat.AFTER_REVIEW,
    ),
    Failure("MS03", _REFUSED, Responsible.BANK, Repeat.AFTER_REVIEW),
    Failure(
        "RC01", "The bank's code (BIC) is wrong. Check it and add the account again.",
        Responsible.HOST, Repeat.NEW_ACCOUNT,
    ),
    Failure("RR01", _INCOMPLETE, Responsible.PLATFORM, Repeat.AFTER_REVIEW),
    Failure("RR02", _INCOMPLETE, Responsible.PLATFORM, Repeat.AFTER_REVIEW),
    Failure("RR03", _INCOMPLETE, Responsible.PLATFORM, Repeat.AFTER_REVIEW),
    Failure(
        "RR04", "The bank sent the payment back for a legal reason, which it does not name. We ask the bank.",
        Responsible.BANK, Repeat.AFTER_REVIEW,
    ),
)  # fmt: skip
_ACH: Final = (
    Failure("R01", _OUR_FUNDS, Responsible.PLATFORM, Repeat.AS_IS),
    Failure("R02", _CLOSED, Responsible.HOST, Repeat.NEW_ACCOUNT),
    Failure("R03", _NO_ACCOUNT, Responsible.HOST, Repeat.NEW_ACCOUNT),
    Failure(
        "R04", "The account number has the wrong number of digits or a wrong check digit. Add the account again.",
        Responsible.HOST, Repeat.NEW_ACCOUNT,
    ),
    Failure("R16", _FROZEN, Responsible.HOST, Repeat.NEW_ACCOUNT),
    Failure("R20", _NOT_PAYABLE, Responsible.HOST, Repeat.NEW_ACCOUNT),
    Failure(
        "R23", "The account's holder refused the payment. Tell us whether it was expected, or add another account.",
        Responsible.HOST, Repeat.AFTER_REVIEW,
    ),
    Failure(
        "R29", "The company says that the entry was not authorized. Allow our company id at your bank.",
        Responsible.HOST, Repeat.AFTER_REVIEW,
    ),
)  # fmt: skip
FAILURES: Final[Mapping[str, Failure]] = {failure.code: failure for failure in (*_STRIPE, *_ISO, *_ACH)}


def resolve(code: str) -> Failure:
    """Returns what a code means. An unknown code stays in the sentence and is left to a person."""
    plain = code.strip()
    failure = FAILURES.get(plain) or FAILURES.get(plain.upper()) or FAILURES.get(plain.lower())
    if failure is not None:
        return failure
    code_phrase = f" with the code {plain[:40]}" if plain else " without a code"
    sentence = f"The payment failed{code_phrase}. We find out what it means, and let you know."
    return Failure(plain, sentence, Responsible.PLATFORM, Repeat.AFTER_REVIEW)
