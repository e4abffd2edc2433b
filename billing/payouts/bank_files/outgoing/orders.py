"""A payment order before formatting: payer, payments and ids; and the checks that all formats share."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from billing.engine.values.money import EXPONENTS


class OrderError(ValueError):
    """The order cannot be written. `sentences` name every faulty payment; the message contains all of them."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = tuple(sentences)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A structured address (town and country at least), or a hybrid one with up to two additional lines.

    Banks refuse others.
    """

    town: str
    country: str
    street: str = ""
    building_number: str = ""
    postcode: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SepaAccount:
    """An account with an IBAN; the BIC may be empty."""

    iban: str
    bic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsAccount:
    """An account in the US. Companies are paid by CCD entries, persons by PPD."""

    routing_number: str
    account_number: str
    kind: Literal["checking", "savings"] = "checking"
    holder_is_person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UsOrigin:
    """What we agreed with the US bank: its routing number, our id in its files, and the company's id and short name."""

    bank_routing_number: str
    bank_name: str
    immediate_origin: str
    company_id: str
    company_name: str
    entry_description: str = "PAYOUT"
    file_id_modifier: str = "A"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment. `end_to_end_id` is our id, which comes back on the statement or with a return."""

    end_to_end_id: str
    amount_minor: int
    currency: str
    holder: str
    account: SepaAccount | UsAccount
    text: str
    address: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOrder:
    """Payments of one day from one account.

    `created_at` is the time written into the file, so that writing it twice gives the same bytes. `booking`: whether
    our bank shows each payment on the statement, or their sum (SEPA only).
    """

    message_id: str
    holder: str
    account: SepaAccount | UsOrigin
    execution_date: date
    created_at: datetime
    payments: tuple[Payment, ...]
    address: Address | None = None
    booking: Literal["each", "sum"] = "each"

    @property
    def total_minor(self) -> int:
        return sum(payment.amount_minor for payment in self.payments)


def faults(order: PaymentOrder, *, currencies: frozenset[str], most_minor: int, name: str) -> Iterator[str]:
    """Yields what every format refuses: no payments, amounts of zero or less, other currencies, repeated ids."""
    if not order.payments:
        yield "The order has no payments."
    if order.execution_date < order.created_at.date():
        yield f"The execution date {order.execution_date} lies before the day of the file, {order.created_at.date()}."
    twice = [
        reference
        for reference, count in Counter(payment.end_to_end_id for payment in order.payments).items()
        if count > 1
    ]
    yield from (f"Two payments have the id {reference}: a returned one could not be identified." for reference in twice)
    for payment in order.payments:
        subject = f"Payment {payment.end_to_end_id}"
        if payment.amount_minor <= 0:
            yield f"{subject} is over {payment.amount_minor} minor units; a payment must be over more than nothing."
        elif payment.amount_minor > most_minor:
            yield f"{subject} is over more than {name} carries in one payment."
        if payment.currency not in currencies:
            allowed = " or ".join(sorted(currencies)) if len(currencies) < len(EXPONENTS) else "a currency that we know"
            yield f"{subject} is in {payment.currency}; {name} carries {allowed}."
