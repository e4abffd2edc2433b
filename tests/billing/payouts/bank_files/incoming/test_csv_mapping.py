"""What the columns of a bank's CSV mean: proposed from the first rows, asked where they leave it open."""

import codecs
import json
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.payouts.bank_files.incoming.csv_mapping import (
    CsvMapping,
    Question,
    day_of,
    decode_content,
    propose,
    unique,
)
from billing.payouts.bank_files.incoming.lines import FileError

GERMAN = """Kontoauszug;;
Auftragskonto;Buchungstag;Valutadatum;Verwendungszweck;Beguenstigter/Zahlungspflichtiger;Kontonummer/IBAN;Betrag;Waehrung
DE89370400440532013000;20.11.26;20.11.26;Payout;Hotel;NL91ABNA0417164300;-1.234,50;EUR
"""
DUTCH = """Datum,Naam / Omschrijving,Rekening,Tegenrekening,Af Bij,Bedrag (EUR),Mededelingen
20261120,Hotel,NL91ABNA0417164300,DE89370400440532013000,Af,"250,00",Payout
20261121,Guest,NL91ABNA0417164300,DE89370400440532013000,Bij,"12,00",Stay
"""
BRITISH = """Date,Description,Paid out,Paid in,Balance
20/11/2026,Payout,250.00,,750.00
21/11/2026,Stay,,12.00,762.00
"""


def fields(content: str) -> list[str]:
    return [question.field for question in propose(content.encode()).questions]


def test_it_proposes_the_mapping_of_a_german_bank():
    proposal = propose(GERMAN.encode("cp1252"))

    assert proposal.questions == ()
    assert proposal.mapping == CsvMapping(
        delimiter=";",
        columns=(
            "Auftragskonto",
            "Buchungstag",
            "Valutadatum",
            "Verwendungszweck",
            "Beguenstigter/Zahlungspflichtiger",
            "Kontonummer/IBAN",
            "Betrag",
            "Waehrung",
        ),
        booked_on="Buchungstag",
        value_on="Valutadatum",
        date_order="dmy",
        decimal=",",
        amount="Betrag",
        currency="Waehrung",
        account="Auftragskonto",
        name="Beguenstigter/Zahlungspflichtiger",
        counterparty_account="Kontonummer/IBAN",
        text=("Verwendungszweck",),
    )


def test_it_proposes_the_mapping_of_a_dutch_bank_with_a_column_of_signs():
    proposal = propose(DUTCH.encode())
    mapping = proposal.mapping

    assert (mapping.sign, mapping.amount, mapping.date_order, mapping.decimal) == ("Af Bij", "Bedrag (EUR)", "ymd", ",")
    assert "af" in mapping.debit_marks
    assert "bij" in mapping.credit_marks
    assert [question.field for question in proposal.questions] == ["fixed_currency"]


def test_it_proposes_debit_and_credit_columns():
    proposal = propose(BRITISH.encode())

    assert (proposal.mapping.debit, proposal.mapping.credit, proposal.mapping.amount) == ("Paid out", "Paid in", "")
    assert proposal.mapping.date_order == "dmy"
    assert fields(BRITISH) == ["fixed_currency", "fixed_account"]


def test_answers_complete_the_proposal_and_it_is_remembered():
    proposal = propose(BRITISH.encode(), {"fixed_currency": "GBP", "fixed_account": "GB33BUKB20201555555555"})

    assert proposal.questions == ()
    assert CsvMapping.restored(json.loads(json.dumps(proposal.mapping.stored()))) == proposal.mapping


def test_it_asks_whether_day_or_month_comes_first():
    proposal = propose(BRITISH.replace("20/11", "02/11").replace("21/11", "03/11").encode())

    assert proposal.questions[0] == Question(
        "date_order", "Is “02/11/2026” written day first or month first?", ("dmy", "mdy")
    )


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["2026-11-20"], "ymd"), (["20261120"], "ymd"), (["2026/11/20"], "ymd"), (["01.02.2026"], "dmy"),
        (["1/2/2026", "13/2/2026"], "dmy"), (["01/02/2026", "02/13/2026"], "mdy"), (["20-11-26"], "dmy"),
        (["2026-11-20T23:59:00+01:00"], "ymd"), (["20.11.2026 23:59"], "dmy"),
    ],
)  # fmt: skip
def test_it_sees_the_order_of_dates(dates: list[str], order: str):
    rows = "".join(f"{one};1,50\n" for one in dates)

    assert propose(f"Date;Amount;Text\n{rows.replace(chr(10), ';x' + chr(10))}".encode()).mapping.date_order == order


def test_it_asks_where_dates_are_written_in_two_ways():
    content = "Date;Amount;Text\n13/02/2026;-1,50;x\n02/13/2026;1,50;x\n"

    assert "date_order" in fields(content)


@pytest.mark.parametrize(
    ("amounts", "decimal"),
    [
        (["1,50"], ","), (["1.50"], "."), (["1.234,5"], ","), (["1,234.5"], "."), (["1.234.567"], ","), (["12"], "."),
        (["0,125"], ","), (["1,234", "2,50"], ","), (["1 234,50"], ","), (["-1.50 EUR"], "."),
    ],
)  # fmt: skip
def test_it_sees_the_decimal_sign(amounts: list[str], decimal: str):
    rows = "".join(f"2026-11-20;{one};x\n" for one in ["-1", *amounts])

    assert propose(f"Date;Amount;Text\n{rows}".encode()).mapping.decimal == decimal


@pytest.mark.parametrize("amounts", [["1,234"], ["1.234"], ["1,50", "1.50"]])
def test_it_asks_for_the_decimal_sign(amounts: list[str]):
    rows = "".join(f"2026-11-20;{one};x\n" for one in ["-1", *amounts])

    assert "decimal" in fields(f"Date;Amount;Text\n{rows}")


def test_it_asks_where_no_amount_has_a_minus():
    assert "sign" in fields("Date;Amount;Text\n2026-11-20;1,50;x\n")


def test_it_asks_which_marks_mean_money_out():
    proposal = propose(DUTCH.replace(",Af,", ",X,").replace(",Bij,", ",Y,").encode())

    [question] = [one for one in proposal.questions if one.field == "debit_marks"]
    assert question.choices == ("x", "y")
    assert proposal.mapping.debit_marks == ()
    answered = propose(DUTCH.replace(",Af,", ",X,").replace(",Bij,", ",Y,").encode(), {"debit_marks": ("X",)})
    assert (answered.mapping.debit_marks, answered.mapping.credit_marks) == (("X",), ("y",))


def test_it_asks_which_of_two_columns_is_the_amount():
    proposal = propose(b"Date;Amount;Betrag;Text\n2026-11-20;-1,50;-3,00;x\n")

    [question] = [one for one in proposal.questions if one.field == "amount"]
    assert (question.sentence, question.choices) == ("Which column is the amount?", ("Amount", "Betrag"))
    assert proposal.mapping.amount == ""
    assert (
        propose(b"Date;Amount;Betrag;Text\n2026-11-20;-1,50;-3,00;x\n", {"amount": "Betrag"}).mapping.amount == "Betrag"
    )


def test_it_asks_for_columns_that_it_does_not_know():
    found = propose(b"When;How much;What\n2026-11-20;-1,50;x\n")

    assert [one.field for one in found.questions] == ["booked_on", "amount", "fixed_currency", "fixed_account"]


def test_answers_bring_the_next_questions():
    """What a column has in it is asked once it is known which one it is."""
    content = b"When;How much;What\n02/03/2026;1,500;x\n"
    proposal = propose(
        content, {"booked_on": "When", "amount": "How much", "fixed_currency": "EUR", "fixed_account": "X"}
    )

    assert [one.field for one in proposal.questions] == ["date_order", "decimal", "sign"]


def test_debit_and_credit_columns_answer_the_question_for_the_amount():
    content = b"Date;Minus;Plus\n2026-11-20;1,50;\n"
    proposal = propose(content, {"debit": "Minus", "credit": "Plus", "fixed_currency": "EUR", "fixed_account": "X"})

    assert proposal.questions == ()
    assert (proposal.mapping.debit, proposal.mapping.decimal) == ("Minus", ",")


def test_it_asks_whose_the_accounts_are_where_a_column_has_several():
    content = "Date;Amount;IBAN;Currency\n2026-11-20;-1,50;NL1;EUR\n2026-11-20;-1,50;NL2;EUR\n"

    assert fields(content) == ["account"]
    assert propose(content.encode(), {"account": "IBAN"}).questions == ()
    assert [one.field for one in propose(content.encode(), {"account": ""}).questions] == ["fixed_account"]


def test_valuta_with_currencies_in_it_is_the_currency():
    mapping = propose(b"Datum;Valuta;Bedrag\n2026-11-20;EUR;-1,50\n").mapping

    assert (mapping.currency, mapping.value_on) == ("Valuta", "")


def test_two_columns_of_one_name_get_numbers():
    assert unique(["Name", "IBAN", " name ", ""]) == ["Name", "IBAN", "name (2)", ""]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("ü".encode(), "ü"), ("ü".encode("utf-8-sig"), "ü"), ("ü".encode("cp1252"), "ü"), ("ü".encode("utf-16"), "ü"),
        ("Date;ü".encode("utf-16-le"), "Date;ü"), ("Date;ü".encode("utf-16-be"), "Date;ü"), ("€".encode("cp1252"), "€"),
        (codecs.BOM_UTF8, ""),
    ],
)  # fmt: skip
def test_it_finds_the_encoding(content: bytes, expected: str):
    assert decode_content(content) == (expected, "")


def test_it_reads_mixed_encodings_line_by_line_and_says_so():
    text, odd = decode_content("Köln\n".encode() + "Zürich\n".encode("cp1252"))

    assert text == "Köln\nZürich\n"
    assert odd == "The file mixes encodings: line 2 is in Windows-1252, others are in UTF-8."


@pytest.mark.parametrize(
    "content", [b"a;b\x00;c", b"\x81\x8d", "ab".encode("utf-16") + b"x", b"\x00" * 5000, b"%PDF-1.4 \x00\x01\xff"]
)
def test_it_refuses_what_is_no_text(content: bytes):
    with pytest.raises(FileError):
        decode_content(content)


def test_it_refuses_a_header_without_end():
    with pytest.raises(FileError, match="more than 500 columns"):
        propose(b"Date;Amount" + b";x" * 300_000 + b"\n")


@pytest.mark.parametrize("content", [b"", b"hello", b"one\ntwo\n"])
def test_it_refuses_what_has_no_columns(content: bytes):
    with pytest.raises(FileError, match="not a CSV file"):
        propose(content)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("31.02.2026", "dmy"), ("2026-13-01", "ymd"), ("20.11.2026", "mdy"), ("2026", "ymd"), ("", "dmy"),
        ("1.2.3", "dmy"), ("20.11-2026", "dmy"), ("20261399", "ymd"), ("٢٠.١١.٢٠٢٦", "dmy"),
    ],
)  # fmt: skip
def test_it_refuses_what_is_no_date(text: str, order: str):
    assert day_of(text, order) is None


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_dates_are_read_in_their_order(day: date):
    assert day_of(f"{day:%Y-%m-%d}", "ymd") == day
    assert day_of(f"{day:%d.%m.%y}", "dmy") == day
    assert day_of(f"{day:%m/%d/%Y}", "mdy") == day


@given(st.binary(max_size=300))
def test_no_bytes_break_it(content: bytes):
    for whole in (content, b"Date;Amount;Text\n" + content):
        with suppress(FileError):
            propose(whole)


def test_every_question_about_dates_has_choices():
    mixed = "Date;Amount;Text\n13/02/2026;-1,50;x\n02/13/2026;1,50;x\n"

    [asked] = [one for one in propose(mixed.encode()).questions if one.field == "date_order"]

    assert asked.choices == ("dmy", "mdy")


def test_one_bad_date_asks_nothing_and_is_left_to_its_row():
    content = "Date;Amount;Text\n13/02/2026;-1,50;x\n99/99/2026;1,50;x\n"

    assert propose(content.encode()).mapping.date_order == "dmy"
    assert "date_order" not in fields(content)


def test_a_column_of_dates_without_one_asks_for_another_column():
    content = "Date;Amount;Text;Day booked\n77.77.2026;-1,50;x;13.02.2026\n"

    [asked] = [one for one in propose(content.encode()).questions if one.field == "booked_on"]

    assert asked.sentence == "“77.77.2026” in “Date” is no date. Which column is the booking date?"
    assert asked.choices == ("Date", "Amount", "Text", "Day booked")
    assert propose(content.encode(), {"booked_on": "Day booked"}).mapping.date_order == "dmy"
