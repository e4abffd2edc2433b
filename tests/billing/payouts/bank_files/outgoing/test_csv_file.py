"""A payment order as CSV: read back as it was, and inert in a spreadsheet."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.payouts.bank_files.outgoing import csv_file
from billing.payouts.bank_files.outgoing.orders import OrderError, PaymentOrder, SepaAccount
from tests.kit.bank_statements import THEIRS
from tests.kit.payment_orders import ROUTING, dollar, euro, sepa_order


def rows(order: PaymentOrder) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_file.write(order).decode("utf-8-sig"), newline="")))


def test_it_writes_payments_of_both_kinds():
    found = rows(sepa_order(euro(), dollar(end_to_end_id="PO-2"), euro(end_to_end_id="PO-3", currency="JPY")))

    assert found[0] == {
        "message_id": "CYCLE-7",
        "end_to_end_id": "PO-1",
        "execution_date": "2026-11-25",
        "holder": "Hotel am See GmbH",
        "iban": THEIRS,
        "bic": "",
        "routing_number": "",
        "account_number": "",
        "account_kind": "",
        "amount": "250.00",
        "currency": "EUR",
        "text": "Payout October 2026",
    }
    assert [found[1][name] for name in ("routing_number", "account_number", "account_kind")] == [
        ROUTING,
        "123456789",
        "checking",
    ]
    assert found[2]["amount"] == "25000"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", " ="])
def test_no_cell_is_a_formula(start: str):
    [row] = rows(sepa_order(euro(holder=f"{start}cmd|' /C calc'!A0", text=f"{start}1+1")))

    assert row["holder"].startswith("'")
    assert row["text"].startswith("'")


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"account": SepaAccount(iban="NL00")}, "Payment PO-1: The IBAN NL00 is not valid"),
        ({"holder": " "}, "Payment PO-1: it does not name the holder of the account."),
        ({"currency": "XXX"}, "Payment PO-1 is in XXX; the file carries a currency that we know."),
        ({"amount_minor": -1}, "Payment PO-1 is over -1 minor units"),
        ({"end_to_end_id": "=1"}, "The id “=1” has characters that banks change"),
    ],
)
def test_each_fault_is_a_sentence(changed: dict[str, object], cause: str):
    with pytest.raises(OrderError) as caught:
        csv_file.write(sepa_order(euro(**changed)))

    assert len(caught.value.sentences) == 1
    assert cause in str(caught.value)


@given(st.text(), st.text(), st.integers(1, 10**12))
def test_what_is_written_is_read_back_as_one_row(holder: str, text: str, amount: int):
    [row] = rows(sepa_order(euro(holder=f"H{holder}", text=text, amount_minor=amount)))

    assert row["amount"] == f"{amount // 100}.{amount % 100:02d}"
    assert all(not cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row.values())
