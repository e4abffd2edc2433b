"""What all formats share: amounts in minor units, fingerprints, statements that chain."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.payouts.bank_files.incoming.lines import (
    BankLine,
    BankStatement,
    Problem,
    clean_reference,
    collect,
    format_amount,
    minor_units,
    sign_and_check,
    statement_gap_minor,
)

STATEMENT = BankStatement(ordinal=1, kind="mt940", location="line 1", account="NL1", currency="EUR")
LINE = BankLine(
    statement=1,
    location="line 2",
    account="NL1",
    booked_on=date(2026, 11, 20),
    value_on=None,
    amount_minor=500,
    currency="EUR",
    reference="PO-1",
    text="Payout",
)


def prints(*lines: BankLine) -> list[str]:
    return [line.fingerprint for line in collect(sign_and_check([STATEMENT, *lines])).lines]


@pytest.mark.parametrize(
    ("text", "currency", "expected"),
    [
        ("12.50", "EUR", 1250), ("12.5", "EUR", 1250), ("12", "EUR", 1200), ("12.", "EUR", 1200), ("-0.00", "EUR", 0),
        ("+1.00", "EUR", 100), ("1000", "JPY", 1000), ("1000.00", "JPY", 1000), ("1.234", "BHD", 1234),
        (" 1.00 ", "USD", 100), ("00012.50", "EUR", 1250),
    ],
)  # fmt: skip
def test_it_reads_an_amount_in_minor_units(text: str, currency: str, expected: int):
    assert minor_units(text, currency) == expected


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "EUR"), ("1,50", "EUR"), ("1.005", "EUR"), ("1.5", "JPY"), ("1e3", "EUR"), ("0x10", "EUR"), ("--1", "EUR"),
        ("Infinity", "EUR"), ("१", "EUR"), ("1.00", "XXX"), ("9999999999999999", "EUR"), ("1 000", "EUR"),
    ],
)  # fmt: skip
def test_it_refuses_what_is_no_amount(text: str, currency: str):
    with pytest.raises(ValueError, match=r"\.$"):
        minor_units(text, currency)


@given(st.integers(-(10**14), 10**14), st.sampled_from(["EUR", "JPY", "BHD"]))
def test_an_amount_that_is_shown_is_read_back(amount: int, currency: str):
    assert minor_units(format_amount(amount, currency).split()[0], currency) == amount


@pytest.mark.parametrize("text", ["NOTPROVIDED", "notprovided", "NONREF", " "])
def test_a_word_for_no_reference_is_none(text: str):
    assert clean_reference(text) == ""


def test_identical_lines_are_numbered():
    first, second = prints(LINE, replace(LINE, location="line 9"))

    assert first != second
    assert prints(LINE) == [first]


@pytest.mark.parametrize(
    "changed",
    [
        {"account": "NL2"}, {"booked_on": date(2026, 11, 21)}, {"amount_minor": -500}, {"currency": "USD"},
        {"reference": "PO-2"}, {"bank_reference": "B"}, {"entry_reference": "E"}, {"order_reference": "O"},
        {"text": "other"},
    ],
)  # fmt: skip
def test_every_fact_of_a_line_is_in_its_fingerprint(changed: dict[str, object]):
    assert prints(LINE) != prints(replace(LINE, **changed))  # type: ignore[arg-type]


def test_the_place_and_the_value_date_are_not():
    moved = replace(LINE, location="line 77", value_on=date(2026, 11, 23), text="  Payout ")

    assert prints(LINE) == prints(moved)


def test_facts_do_not_run_into_each_other():
    assert prints(replace(LINE, reference="A", text="BC")) != prints(replace(LINE, reference="AB", text="C"))


def test_lines_of_another_currency_are_not_added_up():
    balanced = replace(STATEMENT, opening_minor=0, closing_minor=0)

    assert collect(sign_and_check([balanced, replace(LINE, currency="USD")])).problems == ()


def test_a_problem_of_a_statement_marks_its_lines_only():
    second = replace(STATEMENT, ordinal=2)
    items = [
        STATEMENT,
        LINE,
        second,
        replace(LINE, statement=2),
        Problem(location="", sentence="Cut off.", statement=2),
    ]

    assert [line.is_doubtful for line in collect(sign_and_check(items)).lines] == [False, True]


@pytest.mark.parametrize(
    ("before", "after", "expected"), [(500, 500, 0), (500, 700, 200), (None, 700, None), (500, None, None)]
)
def test_the_gap_between_two_files_is_known(before: int | None, after: int | None, expected: int | None):
    """The caller keeps the last statement of an account, and asks this of the first one of the next file."""
    last, following = replace(STATEMENT, closing_minor=before), replace(STATEMENT, opening_minor=after)

    assert statement_gap_minor(last, following) == expected


def test_statements_of_other_accounts_need_not_chain():
    first = replace(STATEMENT, opening_minor=0, closing_minor=0)
    other = replace(STATEMENT, ordinal=2, account="NL2", opening_minor=900, closing_minor=900)

    assert collect(sign_and_check([first, other])).problems == ()


def test_statements_without_a_number_are_never_taken_for_copies():
    """Two quiet days look the same."""
    quiet = replace(STATEMENT, opening_minor=0, closing_minor=0)
    found = collect(sign_and_check([quiet, replace(quiet, ordinal=2)]))

    assert len(found.statements) == 2
    assert found.problems == ()


@given(st.lists(st.integers(-1000, 1000)), st.integers(-5, 5))
def test_the_difference_is_what_the_balances_lack(amounts: list[int], off: int):
    balanced = replace(STATEMENT, opening_minor=7, closing_minor=7 + sum(amounts) + off)
    found = collect(sign_and_check([balanced, *(replace(LINE, amount_minor=amount) for amount in amounts)]))

    assert [one.difference_minor for one in found.problems] == ([off] if off else [])


def test_an_amount_in_a_sentence_has_all_decimals():
    assert [format_amount(5, "EUR"), format_amount(-5, "JPY"), format_amount(10**15, "EUR")] == [
        "0.05 EUR",
        "-5 JPY",
        f"{Decimal(10**13)}.00 EUR",
    ]
