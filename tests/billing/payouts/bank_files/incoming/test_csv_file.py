"""A bank's CSV by its mapping: signs, separators, footers, broken rows and hostile files."""

import io
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.payouts.bank_files.incoming import csv_file as reader
from billing.payouts.bank_files.incoming import csv_stream
from billing.payouts.bank_files.incoming.csv_mapping import CsvMapping
from billing.payouts.bank_files.incoming.lines import BankFile, BankLine, BankStatement, FileError, collect

ONE_COLUMN = CsvMapping(
    delimiter=";",
    columns=("Date", "Amount", "Ref", "Text"),
    booked_on="Date",
    date_order="dmy",
    decimal=",",
    amount="Amount",
    reference="Ref",
    text=("Text",),
    fixed_currency="EUR",
    fixed_account="NL1",
)
TWO_COLUMNS = replace(
    ONE_COLUMN, columns=("Date", "Out", "In"), amount="", debit="Out", credit="In", reference="", text=()
)
MARKED = replace(
    TWO_COLUMNS,
    columns=("Date", "Amount", "S/H"),
    debit="",
    credit="",
    amount="Amount",
    sign="S/H",
    debit_marks=("s",),
    credit_marks=("h",),
)
HEADER = "Date;Amount;Ref;Text\n"


def read(text: str | bytes, mapping: CsvMapping = ONE_COLUMN) -> BankFile:
    content = text.encode() if isinstance(text, str) else text
    return collect(reader.read(io.BytesIO(content), mapping))


def amounts(text: str, mapping: CsvMapping = ONE_COLUMN) -> list[int]:
    found = read(text, mapping)
    assert found.problems == ()
    return [line.amount_minor for line in found.lines]


def sentences(text: str, mapping: CsvMapping = ONE_COLUMN) -> list[str]:
    return [problem.sentence for problem in read(text, mapping).problems]


def test_it_reads_lines_and_a_statement_without_balances():
    found = read(HEADER + "20.11.2026;-1.234,50;PO-1;Payout\n21.11.2026;12,00;NOTPROVIDED;Stay\n")

    assert found.problems == ()
    assert found.statements == (
        BankStatement(
            ordinal=1,
            kind="csv",
            location="line 2",
            account="NL1",
            currency="EUR",
            from_date=date(2026, 11, 20),
            to_date=date(2026, 11, 21),
        ),
    )
    assert found.lines[0] == BankLine(
        statement=1,
        location="line 2",
        account="NL1",
        booked_on=date(2026, 11, 20),
        value_on=None,
        amount_minor=-123_450,
        currency="EUR",
        reference="PO-1",
        text="Payout",
        fingerprint=found.lines[0].fingerprint,
    )
    assert found.lines[1].reference == ""


@pytest.mark.parametrize(
    ("text", "decimal", "cents"),
    [
        ("1.234,50", ",", 123_450), ("1 234,50", ",", 123_450), ("1'234.50", ".", 123_450), ("1,234.50", ".", 123_450),
        ("12,5", ",", 1250), ("12", ",", 1200), ("-12,50", ",", -1250), ("12,50-", ",", -1250), ("(12.50)", ".", -1250),
        ("−12,50", ",", -1250), ("+12,50", ",", 1250), ("€ 12,50", ",", 1250), ("12,50 EUR", ",", 1250),
        ("-0,00", ",", 0), ("1.234", ",", 123_400), ("12\u00a0345,00", ",", 1_234_500), ("-€ 3,00", ",", -300),
    ],
)  # fmt: skip
def test_it_reads_an_amount(text: str, decimal: str, cents: int):
    mapping = replace(ONE_COLUMN, decimal=decimal)

    assert amounts(f"{HEADER}20.11.2026;{text};;\n", mapping) == [cents]


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("12.50", ","), ("12,50", "."), ("1.23,50", ","), ("1,2,3", ","), ("abc", ","), ("1e3", "."), ("--5", ","),
        ("12,", ","), ("", ","), ("=1+1", ","), ("٣,٠٠", ","),
    ],
)  # fmt: skip
def test_it_refuses_an_amount_that_is_written_otherwise(text: str, decimal: str):
    [sentence] = sentences(f"{HEADER}20.11.2026;{text};;\n", replace(ONE_COLUMN, decimal=decimal))
    sign = "comma" if decimal == "," else "point"

    assert sentence == f"Line 2: “{text}” is not an amount with a decimal {sign}."


def test_it_refuses_more_decimals_than_the_currency_has():
    assert sentences(HEADER + "20.11.2026;1,505;;\n") == [
        "Line 2: 1.505 EUR has more decimals than the currency, which has 2."
    ]


@pytest.mark.parametrize("minus", ["", "-"])
def test_it_reads_debit_and_credit_columns(minus: str):
    assert amounts(f"Date;Out;In\n20.11.2026;{minus}250,00;\n20.11.2026;0,00;12,00\n", TWO_COLUMNS) == [-25_000, 1200]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("20.11.2026;1,00;2,00", "it has both a debit and a credit."),
        ("20.11.2026;;", "it has neither a debit nor a credit."),
        ("20.11.2026;;-5,00", "the credit has a minus."),
    ],
)
def test_it_refuses_a_row_that_goes_both_ways(row: str, sentence: str):
    assert sentences(f"Date;Out;In\n{row}\n", TWO_COLUMNS) == [f"Line 2: {sentence}"]


def test_it_asks_where_debits_are_written_with_and_without_a_minus():
    found = read("Date;Out;In\n20.11.2026;5,00;\n20.11.2026;-3,00;\n", TWO_COLUMNS)

    assert [line.amount_minor for line in found.lines] == [-500]
    assert [problem.location for problem in found.problems] == ["line 3"]
    assert found.problems[0].sentence.endswith("Which way does this one go?")


def test_it_reads_marks_of_debit_and_credit():
    assert amounts("Date;Amount;S/H\n20.11.2026;5,00;S\n20.11.2026;3,00;h\n", MARKED) == [-500, 300]


@pytest.mark.parametrize(
    ("row", "cause"),
    [("5,00;X", "“x” in “S/H” means neither"), ("-5,00;H", "has a minus, but is marked as money that")],
)
def test_it_refuses_a_mark_that_it_does_not_know(row: str, cause: str):
    [sentence] = sentences(f"Date;Amount;S/H\n20.11.2026;{row}\n", MARKED)

    assert cause in sentence


def test_headers_come_below_other_lines_and_again_and_totals_follow():
    text = (
        "Account statement\n\nDate;Amount;Ref;Text\n20.11.2026;1,00;;a\nDate;Amount;Ref;Text\n21.11.2026;2,00;;b\n\n"
        "Total;3,00;;\n;1.234,00;;Endsaldo\nEnd of file\n"
    )

    assert amounts(text) == [100, 200]


def test_an_amount_without_a_date_is_no_total_until_it_says_so():
    assert sentences(HEADER + ";5,00;;pending\n") == ["Line 2: “” is not a date as the others of the file are."]


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        ("2026-11-20;1,00;;", "“2026-11-20” is not a date as the others of the file are."),
        ("20.11.2026;1,0", "it has 2 cells fewer than the header."),
        ("20.11.2026;1,00;;a;b", "it has 1 cell more than the header."),
        ('20.11.2026;1,00;"a"b;', "Line 3 is no CSV:"),
    ],
)
def test_a_row_that_cannot_be_read_is_a_problem_and_the_others_are_kept(row: str, cause: str):
    found = read(f"{HEADER}20.11.2026;1,00;;\n{row}\n20.11.2026;3,00;;\n")

    assert [line.amount_minor for line in found.lines] == [100, 300]
    assert [problem.location for problem in found.problems] == ["line 3"]
    assert cause in found.problems[0].sentence


def test_a_value_date_is_read_or_is_a_problem():
    mapping = replace(ONE_COLUMN, value_on="Ref", reference="")
    found = read(HEADER + "20.11.2026;1,00;21.11.2026;\n20.11.2026;2,00;;\n20.11.2026;3,00;soon;\n", mapping)

    assert [line.value_on for line in found.lines] == [date(2026, 11, 21), None]
    assert [problem.location for problem in found.problems] == ["line 4"]


def test_a_row_without_its_account_is_a_problem():
    mapping = replace(ONE_COLUMN, account="Ref", reference="", fixed_account="")

    assert sentences(HEADER + "20.11.2026;1,00;;\n", mapping) == ["Line 2: it does not name the account."]


def test_a_code_of_a_return_marks_the_line():
    mapping = replace(ONE_COLUMN, return_code="Ref", reference="")
    found = read(HEADER + "20.11.2026;1,00;AC04;\n20.11.2026;1,00;;\n", mapping)

    assert [(line.is_return, line.return_code) for line in found.lines] == [(True, "AC04"), (False, "")]


def test_a_quotation_mark_that_is_never_closed_is_named_with_its_line():
    assert sentences(HEADER + '20.11.2026;1,00;;"a\n20.11.2026;2,00;;b\n') == [
        "A quotation mark in line 2 is not closed: lines 2 to 3 are not read."
    ]


def test_a_text_over_several_lines_is_one():
    found = read(HEADER + '20.11.2026;1,00;;"a\nb; c"\n20.11.2026;2,00;;d\n')

    assert [(line.text, line.location) for line in found.lines] == [("a b; c", "line 2"), ("d", "line 4")]


def test_lines_of_several_accounts_are_statements_of_their_own():
    mapping = replace(ONE_COLUMN, account="Ref", reference="", fixed_account="")
    found = read(HEADER + "20.11.2026;1,00;A;\n20.11.2026;2,00;B;\n20.11.2026;3,00;A;\n", mapping)

    assert [(one.account, one.ordinal) for one in found.statements] == [("A", 1), ("B", 2)]
    assert [(one.account, one.amount_minor, one.statement) for one in found.lines] == [
        ("A", 100, 1),
        ("A", 300, 1),
        ("B", 200, 2),
    ]


def test_a_file_of_another_bank_is_refused_with_its_columns():
    with pytest.raises(FileError) as caught:
        read("Datum;Bedrag\n20.11.2026;1,00\n")

    assert str(caught.value) == "The file has no column “Date”; it has: Datum, Bedrag."


@pytest.mark.parametrize(
    ("lacking", "cause"),
    [
        ({"date_order": ""}, "in which order day, month and year stand"), ({"decimal": ""}, "a comma or a point"),
        ({"fixed_currency": ""}, "in which currency"), ({"fixed_account": ""}, "of which account"),
        ({"amount": ""}, "which column is the amount"), ({"booked_on": ""}, "which column is the booking date"),
        ({"sign": "Ref"}, "which marks mean money in"),
    ],
)  # fmt: skip
def test_a_mapping_with_an_open_question_reads_nothing(lacking: dict[str, str], cause: str):
    with pytest.raises(FileError, match=cause):
        read(HEADER, replace(ONE_COLUMN, **lacking))  # type: ignore[arg-type]


def test_mixed_encodings_are_read_and_reported():
    content = HEADER.encode() + "20.11.2026;1,00;;Köln\n".encode() + "20.11.2026;2,00;;Zürich\n".encode("cp1252")
    found = read(content)

    assert [line.text for line in found.lines] == ["Köln", "Zürich"]
    assert [problem.location for problem in found.problems] == ["file"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_it_reads_every_encoding(encoding: str):
    found = read((HEADER + "20.11.2026;1,00;;Zürich\n").encode(encoding))

    assert [line.text for line in found.lines] == ["Zürich"]


def test_a_cell_that_our_own_files_made_inert_is_read_as_it_was():
    assert read(HEADER + "20.11.2026;1,00;'=SUM(A1);\n").lines[0].reference == "=SUM(A1)"


class Endless(io.RawIOBase):
    """A file without an end, of this text again and again."""

    def __init__(self, text: bytes) -> None:
        super().__init__()
        self.text = text

    def read(self, size: int = -1) -> bytes:
        return (self.text * (size // len(self.text) + 1))[:size]


@pytest.mark.long
@pytest.mark.volume
def test_nul_bytes_and_endless_files_are_refused(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(FileError, match="NUL characters"):
        read(b"Date;Amount;Ref;Text\n20.11.2026;1,00;\x00;\n")
    with pytest.raises(FileError, match="a line of it is larger than 1 MB"):
        list(reader.read(Endless(b";"), ONE_COLUMN))
    monkeypatch.setattr(csv_stream, "MAX_BYTES", 2 * 2**20)
    with pytest.raises(FileError, match="The file is larger than 2 MB: split it"):
        list(reader.read(Endless((HEADER + "20.11.2026;1,00;;same\n").encode()), ONE_COLUMN))


@pytest.mark.long
@pytest.mark.volume
def test_a_long_file_needs_little_memory():
    """Ten thousand rows are two megabytes of text: what is held is a few of them, and eight bytes of each."""
    row = "20.11.2026;1,00;;" + "Payout " * 20 + "\n"
    content = io.BytesIO((HEADER + row * 10_000).encode())
    tracemalloc.start()
    try:
        count = sum(1 for _ in reader.read(content, ONE_COLUMN))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert count == 10_001
    assert peak < 1_600_000


@pytest.mark.long
@pytest.mark.volume
def test_a_hundred_thousand_rows_are_read():
    found = read(HEADER + "20.11.2026;1,00;;same\n" * 100_000)

    assert len({line.fingerprint for line in found.lines}) == 100_000
    assert found.problems == ()


@given(st.lists(st.tuples(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(-(10**9), 10**9))), st.randoms())
def test_what_is_written_is_read_back_in_any_order(rows: list[tuple[date, int]], random):
    def written(ones: list[tuple[date, int]]) -> str:
        sign = {True: "-", False: ""}
        return HEADER + "".join(
            f"{day:%d.%m.%Y};{sign[cents < 0]}{abs(cents) // 100},{abs(cents) % 100:02d};;\n" for day, cents in ones
        )

    found, shuffled = read(written(rows)), read(written(random.sample(rows, len(rows))))

    assert [(line.booked_on, line.amount_minor) for line in found.lines] == rows
    assert sorted(line.fingerprint for line in shuffled.lines) == sorted(line.fingerprint for line in found.lines)


@given(st.binary(max_size=300))
def test_no_bytes_break_it(content: bytes):
    with suppress(FileError):
        read(HEADER.encode() + content)
