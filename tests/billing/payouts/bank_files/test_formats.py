"""What a file is by its first bytes, a sentence for what cannot be read, and the reader for the rest."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.payouts.bank_files.formats import detect, read
from billing.payouts.bank_files.incoming.csv_mapping import propose
from billing.payouts.bank_files.incoming.format import DetectedFormat
from billing.payouts.bank_files.incoming.lines import BankLine, FileError
from billing.payouts.bank_files.outgoing import nacha, pain001
from tests.kit.bank_statements import Entry, camt, mt940, statement
from tests.kit.payment_orders import dollar, euro, sepa_order, us_order

PAID = ":61:2611201120D250,00NTRFPO-1"
CSV = b"Date;Amount;Currency;Account;Reference\n2026-11-20;-2,50;EUR;NL1;PO-1\n"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (camt(statement([]), kind="053"), "camt.053"),
        (camt(statement([], tag="Rpt"), kind="052"), "camt.052"),
        (camt(statement([], tag="Ntfctn"), kind="054"), "camt.054"),
        (camt(statement([])).replace(b"<Bk", b"<ns2:Bk"), "camt.053"),
        (camt(statement([])).decode().encode("utf-16"), "camt.053"),
        (mt940(PAID, closing=75_000).encode(), "mt940"),
        (b"{1:F01BANKDEFF}{4:\r\n" + mt940(PAID, closing=75_000).encode(), "mt940"),
        (CSV, "csv"),
        (CSV.decode().encode("utf-16"), "csv"),
        (CSV * 3000, "csv"),
    ],
)  # fmt: skip
def test_it_knows_what_it_reads(content: bytes, kind: str):
    assert detect(content[: 2**16]).kind == kind


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "The file is empty."), (b"\xef\xbb\xbf\r\n \n", "The file is empty."), (b"\x00" * 500, "empty"),
        (b"%PDF-1.7", "This is a PDF"), (b"PK\x03\x04xl/", "Excel workbook"), (b"\xd0\xcf\x11\xe0", "old Excel work"),
        (b"\x1f\x8b\x08", "gzip"), (b"OFXHEADER:100\n", "OFX"), (b"<?xml version='1.0'?><OFX>", "OFX"),
        (b"!Type:Bank\n", "QIF"), (b"<!DOCTYPE html><html>", "web page"), (b'[{"a": 1}]', "JSON"),
        (b"01,121000248,OURS,261120,0900,1,80,10,2/\n", "BAI2"), (b":20:X\n:25:1\n:34F:EUR0,\n:61:x\n", "MT942"),
        (b"<?xml version='1.0'?><Document><CstmrPmtStsRpt/>", "payment status report (pain.002)"),
        (b"<?xml version='1.0'?><Invoice/>", "XML file, but neither CAMT nor MT"),
        (b"hello world", "neither CAMT nor MT"),
        (b"\x01\x00\x02\x03\x04" * 50, "not a text file"), (b"\xff\xd8\xff\xe0 JFIF \x01\x02", "neither CAMT nor MT"),
    ],
)  # fmt: skip
def test_it_says_what_it_cannot_read(content: bytes, cause: str):
    found = detect(content)

    assert found.kind == ""
    assert cause in found.sentence
    with pytest.raises(FileError) as caught:
        read(io.BytesIO(content))
    assert str(caught.value) == found.sentence


def test_it_knows_our_own_orders():
    assert "payment order (pain.001)" in detect(pain001.write(sepa_order(euro()))).sentence
    assert "NACHA file" in detect(nacha.write(us_order(dollar()))).sentence


def test_statements_without_an_opening_balance_are_looked_at_and_refused_by_the_reader():
    assert detect(b":20:X\n:25:1\n") == DetectedFormat(
        "mt940", "This looks like MT940, but its first statement has no opening balance (:60F:)."
    )


@pytest.mark.parametrize(
    "content", [camt(statement([Entry(cents=-250, reference="PO-1")] * 400)), mt940(PAID, closing=75_000).encode()]
)
def test_it_reads_whole_files(content: bytes):
    lines = [item for item in read(io.BytesIO(content)) if isinstance(item, BankLine)]

    assert {line.reference for line in lines} == {"PO-1"}
    assert len({line.fingerprint for line in lines}) == len(lines) == content.count(b"PO-1")


def test_it_reads_a_csv_with_its_mapping_only():
    with pytest.raises(FileError, match="needs a mapping once"):
        read(io.BytesIO(CSV))
    found = list(read(io.BytesIO(CSV), mapping=propose(CSV).mapping))

    assert [item.amount_minor for item in found if isinstance(item, BankLine)] == [-250]


def test_a_long_csv_that_is_cut_inside_a_character_is_still_one():
    rows = "2026-11-20;-2,50;EUR;NL1;Zürich\n" * 3000

    for cut in range(8):
        assert detect((CSV.decode() + "x" * cut + rows).encode()[: 2**16]).kind == "csv"


@given(st.binary(max_size=200))
def test_no_bytes_break_it(content: bytes):
    assert detect(content).sentence
