"""What somebody pasted, read in every way that it may be meant."""

from decimal import Decimal
from uuid import UUID

import pytest

from billing.formatting import pasted_values


@pytest.mark.parametrize(
    ("text", "amounts", "currency"),
    [
        ("1,234.56", {"1234.56"}, ""),
        ("1.234,56 EUR", {"1234.56"}, "EUR"),
        ("€ 12,50", {"12.50"}, "EUR"),
        ("$1,234", {"1234", "1.234"}, "USD"),
        ("1 234,56\u00a0€", {"1234.56"}, "EUR"),
        ("-38.58", {"38.58"}, ""),
        ("USD 0.99", {"0.99"}, "USD"),
        (".99", {"0.99"}, ""),
        ("12", {"12"}, ""),
        ("1,23,456.70", {"123456.70"}, ""),
        ("1'234.50", {"1234.50"}, ""),
        ("1.234.567", {"1234567"}, ""),
        ("1,2,3", set(), ""),
        ("EUR 5 USD", set(), ""),
        ("...", set(), ""),
    ],
)
def test_an_amount_is_read_as_people_and_banks_write_it(text, amounts, currency):
    found = pasted_values.read(text)

    assert found.amounts == {Decimal(one) for one in amounts}
    assert found.currency == currency


@pytest.mark.parametrize("text", ["P-000012", "p12", "P-12", " Payout P-000012 ", "“P-000012”"])
def test_a_payouts_label_is_read(text):
    assert pasted_values.read(text).payout_number == 12


@pytest.mark.parametrize("text", ["2026-000042", "Receipt no. 2026-000042", "credit note: 2026-42"])
def test_a_documents_number_is_read(text):
    assert pasted_values.read(text).document == ("2026", 42)


def test_four_digits_may_be_the_end_of_a_card_or_an_amount():
    found = pasted_values.read("•••• 4242")
    bare = pasted_values.read("4242")

    assert (found.last4, found.amounts) == ("4242", frozenset())
    assert (bare.last4, bare.amounts) == ("4242", {Decimal(4242)})


def test_an_id_and_a_reference_are_read():
    told = "01a1a147-ce00-7d7a-9922-9aee17cd6cb2"

    assert pasted_values.read(told).identifier == UUID(told)
    assert pasted_values.read("po_1a2b3c4d").reference == "po_1a2b3c4d"
    assert pasted_values.read("Trace: 0F00BA44").reference == "0F00BA44"


@pytest.mark.parametrize("text", ["", "   ", "\x00", "hello there, where is my money?", "x" * 5000, "P-0", "'; DROP"])
def test_what_is_nothing_of_that_is_nothing(text):
    found = pasted_values.read(text)

    assert not found.amounts
    assert found.payout_number is None
    assert len(found.text) <= 200


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("TRACE 940E2F9DD875E2A3 PPD", [("940E2F9DD875E2A3", None, set(), "")]),
        ("ACH CREDIT SUNSET P-000002 38.58", [("P-000002", 2, set(), ""), ("", None, {"38.58"}, "")]),
        ("38.58 USD 05.11.2026", [("", None, {"38.58"}, "USD")]),
        ("PAYOUT 1 234,56 EUR, ref: po_1a2b3c4d", [("", None, {"1234.56"}, "EUR"), ("po_1a2b3c4d", None, set(), "")]),
        ("hello there, where is my money?", []),
        ("4242 12 2026", []),
        ("", []),
    ],
)
def test_the_parts_of_a_banks_line_are_read_by_themselves(line, found):
    fragments = pasted_values.fragments(line)

    assert [(one.reference, one.payout_number, one.amounts, one.currency) for one in fragments] == [
        (reference, number, {Decimal(one) for one in amounts}, currency)
        for reference, number, amounts, currency in found
    ]


@pytest.mark.parametrize(
    "text",
    ["04A1B2C3D4", "04:a1:b2:c3:d4", "04 a1 b2 c3 d4", "0x04A1B2C3D4", "UID 04-A1-B2-C3-D4", "Token: 04a1b2c3d4."],
)
def test_a_cards_number_is_read_in_any_notation(text):
    assert pasted_values.read(text).uid == "04A1B2C3D4"


def test_an_address_is_read_as_mail_programs_write_it():
    assert pasted_values.read("<Ann@Example.com>").email == "ann@example.com"
    assert pasted_values.read("ann at example.com").email == ""


def test_a_label_before_a_name_is_kept_beside_it():
    found = pasted_values.read("Guest House 2?")

    assert (found.text, found.whole) == ("House 2", "Guest House 2")
