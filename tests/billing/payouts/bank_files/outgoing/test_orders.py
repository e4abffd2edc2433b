"""What no format takes of a payment order."""

from datetime import date

import pytest

from billing.payouts.bank_files.outgoing.orders import OrderError, PaymentOrder, faults
from tests.kit.payment_orders import euro, sepa_order


def found(order: PaymentOrder) -> list[str]:
    return list(faults(order, currencies=frozenset({"EUR"}), most_minor=100_000, name="a SEPA payment"))


def test_a_right_order_has_no_faults():
    assert found(sepa_order(euro(), euro(end_to_end_id="PO-2"))) == []


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        (sepa_order(), "The order has no payments."),
        (
            sepa_order(euro(amount_minor=0)),
            "Payment PO-1 is over 0 minor units; a payment must be over more than nothing.",
        ),
        (
            sepa_order(euro(amount_minor=-5)),
            "Payment PO-1 is over -5 minor units; a payment must be over more than nothing.",
        ),
        (
            sepa_order(euro(amount_minor=100_001)),
            "Payment PO-1 is over more than a SEPA payment carries in one payment.",
        ),
        (sepa_order(euro(currency="USD")), "Payment PO-1 is in USD; a SEPA payment carries EUR."),
        (
            sepa_order(euro(), euro()),
            "Two payments have the id PO-1: a returned one could not be identified.",
        ),
        (
            sepa_order(euro(), execution_date=date(2026, 11, 22)),
            "The execution date 2026-11-22 lies before the day of the file, 2026-11-23.",
        ),
    ],
)
def test_each_fault_is_a_sentence(order: PaymentOrder, sentence: str):
    assert found(order) == [sentence]


def test_the_total_is_that_of_all_payments():
    assert sepa_order(euro(amount_minor=5), euro(amount_minor=7)).total_minor == 12


def test_an_error_keeps_its_sentences_apart():
    error = OrderError(["One.", "Two."])

    assert (error.sentences, str(error)) == (("One.", "Two."), "One. Two.")
