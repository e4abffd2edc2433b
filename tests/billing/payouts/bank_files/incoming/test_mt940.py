"""MT940: structured and free :86:, returns, and a broken statement that is refused by its line."""

import io
import logging
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.payouts.bank_files.incoming import mt940 as reader
from billing.payouts.bank_files.incoming.lines import BankFile, BankLine, BankStatement, FileError, collect
from tests.kit.bank_statements import OURS, THEIRS, mt940

PAID = ":61:2611201120D250,00NTRFNONREF//BANKREF1"


def read(text: str, *, encoding: str = "utf-8") -> BankFile:
    return collect(reader.read(io.BytesIO(text.encode(encoding))))


def line(details: str, *, movement: str = PAID, cents: int = -25_000, encoding: str = "utf-8") -> BankLine:
    found = read(mt940(movement, details, closing=100_000 + cents), encoding=encoding)
    assert found.problems == ()
    [only] = found.lines
    return only


def test_it_reads_the_german_way_with_question_marks():
    only = line(
        f":86:116?00UEBERWEISUNG?109075?20EREF+PAYOUT-17?21SVWZ+Payout October?22 2026?30ABNANL2AXXX?31{THEIRS}"
        "?32Hotel am?33 See GmbH"
    )

    assert only == BankLine(
        statement=1,
        location="line 5",
        account=OURS,
        booked_on=date(2026, 11, 20),
        value_on=date(2026, 11, 20),
        amount_minor=-25_000,
        currency="EUR",
        counterparty_name="Hotel am See GmbH",
        counterparty_account=THEIRS,
        reference="PAYOUT-17",
        bank_reference="BANKREF1",
        text="Payout October 2026",
        fingerprint=only.fingerprint,
    )


def test_it_reads_the_statement():
    found = read(mt940(PAID, closing=75_000, number="123/1"))

    assert found.statements == (
        BankStatement(
            ordinal=1,
            kind="mt940",
            location="line 1",
            account=OURS,
            currency="EUR",
            number="123/1",
            opening_minor=100_000,
            closing_minor=75_000,
            from_date=date(2026, 11, 20),
            to_date=date(2026, 11, 20),
        ),
    )


@pytest.mark.parametrize(
    "details",
    [
        f":86:EREF+PAYOUT-3 SVWZ+Payout October IBAN+{THEIRS}",
        f":86:SVWZ+Payout October\nEREF+PAYOUT-3\nIBAN+{THEIRS}",
        f":86:/EREF/PAYOUT-3//IBAN/{THEIRS}//NAME/Hotel X//REMI/USTD//Payout October/",
        f":86:/TRTP/SEPA OVERBOEKING/EREF/PAYOUT-3/CNTP/{THEIRS}/ABNANL2A/Hotel X///REMI/USTD//Payout October/",
    ],
)
def test_it_reads_keywords_in_free_text(details: str):
    only = line(details)

    assert (only.reference, only.text, only.counterparty_account) == ("PAYOUT-3", "Payout October", THEIRS)


def test_free_text_without_keywords_is_the_text():
    assert line(":86:Payout October\nto Hotel X").text == "Payout October to Hotel X"


def test_the_reference_of_the_line_counts_where_the_details_have_none():
    only = line(":86:Payout", movement=":61:2611201120D250,00NTRFPAYOUT-9//BANKREF1")

    assert (only.reference, only.bank_reference) == ("PAYOUT-9", "BANKREF1")


def test_a_reference_longer_than_the_field_is_read_whole():
    only = line(":86:Payout", movement=":61:2611201120D250,00NTRFBIPI-dvT1FzfMqvzF5HaU4oetlH7SGRkonU//2022070616391534")

    assert (only.reference, only.bank_reference) == ("BIPI-dvT1FzfMqvzF5HaU4oetlH7SGRkonU", "2022070616391534")


@pytest.mark.parametrize(
    ("movement", "details", "cents", "code"),
    [
        (":61:2611201120C250,00NRTIPO-9", ":86:/EREF/PO-9//RTRN/AC04//REMI/USTD//x/", 25_000, "AC04"),
        (":61:2611201120C250,00NTRFPO-9", ":86:EREF+PO-9 SVWZ+RETOURE AC01 Konto falsch", 25_000, "AC01"),
        (":61:2611201120C250,00NTRFPO-9", ":86:159?00RUECKUEBERWEISUNG?20EREF+PO-9?21SVWZ+RETURN MD07", 25_000, "MD07"),
        (":61:2611201120RC250,00NTRFPO-9", ":86:EREF+PO-9", -25_000, ""),
        (":61:2611201120RD250,00NTRFPO-9", ":86:EREF+PO-9", 25_000, ""),
    ],
)
def test_it_knows_what_came_back(movement: str, details: str, cents: int, code: str):
    only = line(details, movement=movement, cents=cents)

    assert (only.is_return, only.return_code, only.reference) == (True, code, "PO-9")


def test_details_behind_the_closing_balance_are_not_those_of_the_last_line():
    """The library alone would add them to its text, or replace its reference by theirs."""
    text = mt940(PAID, ":86:EREF+PO-1 SVWZ+Payout", closing=75_000)
    found = read(text.replace("\n-\n", "\n:86:EREF+SUM SVWZ+D000001C000000D250,00\n-XXX\n"))

    assert [(one.reference, one.text) for one in found.lines] == [("PO-1", "Payout")]


def test_several_days_below_one_reference_are_statements_of_their_own():
    first = mt940(PAID, closing=75_000, number="1").removesuffix("-\n")
    second = mt940(PAID, opening=75_000, closing=50_000, day="261121").partition(":60F:")
    found = read(first + second[1] + second[2])

    assert found.problems == ()
    assert [(one.location, one.account, one.closing_minor) for one in found.statements] == [
        ("line 1", OURS, 75_000),
        ("line 7", OURS, 50_000),
    ]
    assert [(one.statement, one.amount_minor) for one in found.lines] == [(1, -25_000), (2, -25_000)]


def test_a_line_behind_the_closing_balance_refuses_the_statement():
    found = read(mt940(PAID, closing=75_000).replace("\n-\n", f"\n{PAID}\n-\n"))

    assert "line 7: a line follows on the closing balance" in found.problems[0].sentence


@pytest.mark.parametrize("word", ["EREF", "KREF+", "NONREF"])
def test_words_in_place_of_the_reference_are_none(word: str):
    only = line(f":86:EREF+PO-5 SVWZ+x\nIBAN+{THEIRS}", movement=f":61:2611201120D250,00N102{word}            ")

    assert only.reference == "PO-5"
    assert line(":86:x", movement=f":61:2611201120D250,00N102{word}").reference == ""


def test_the_account_of_the_other_party_stands_in_the_second_line():
    only = line(
        ":86:/EREF/PO-1//BENM//NAME/Hotel X/REMI/Payout/", movement=f":61:261120D000000000250,00N102EREF\n{THEIRS}"
    )

    assert (only.counterparty_account, only.counterparty_name, only.reference, only.text) == (
        THEIRS,
        "Hotel X",
        "PO-1",
        "Payout",
    )


def test_the_thirtieth_of_february_is_the_last():
    only = line(":86:x", movement=":61:2602300227D250,00NTRFNONREF")

    assert (only.value_on, only.booked_on) == (date(2026, 2, 28), date(2026, 2, 27))


def test_an_amount_in_the_next_line_is_read():
    assert line(":86:x", movement=":61:2611201120CR\n30,00N062NONREF", cents=3000).amount_minor == 3000


def test_fields_that_nothing_needs_refuse_no_statement():
    text = mt940(PAID, closing=75_000).replace(":28C:1/1", ":28C:202611200000012345/1\n:13D:yesterday\n:34F:x")

    assert [one.number for one in read(text).statements] == ["202611200000012345/1"]


def test_a_text_that_was_broken_where_the_line_is_full_is_joined():
    long = "/EREF/PO-1//NAME/" + "CONTRA ACCOUNT " * 3 + "AB"
    assert len(long) < 65
    only = line(f":86:{long.ljust(65, 'x')}\ny/REMI/Two\nlines/")

    assert only.counterparty_name.endswith("xy")
    assert only.text == "Two lines"


def test_a_line_of_text_that_looks_like_a_field_is_text():
    assert line(":86:Arrival\n:12:30 at the desk").text == "Arrival :12:30 at the desk"


def test_an_entry_date_of_the_next_year_is_in_the_next_year():
    only = line(":86:x", movement=":61:2612310102D250,00NTRFNONREF")

    assert (only.value_on, only.booked_on) == (date(2026, 12, 31), date(2027, 1, 2))


def test_umlauts_of_windows_are_read():
    assert line(":86:EREF+PO-1 SVWZ+Auszahlung für Österreich", encoding="cp1252").text == "Auszahlung für Österreich"


@pytest.mark.parametrize(
    ("broken", "cause"),
    [
        (":61:2611201120D250.00NTRFNONREF", "“:61:2611201120D250.00NTRFNONREF” is not date"),
        (":61:2611201120D250NTRFNONREF", "is not date, C or D, amount with a comma, and type"),
        (":61:2611201120D1234567890123456,00NTRFNONREF", "is not date"),
        (":61:2611201120D250,00", "is not date"),
        (":61:2613201120D250,00NTRFNONREF", "there is no day 261320"),
        (":61:2611201399D250,00NTRFNONREF", "there is no day 261399"),
        (":61:garbage", "is not date"),
    ],
)
def test_a_broken_statement_is_refused_by_its_line_and_the_others_are_kept(broken: str, cause: str):
    """The library alone reads 250.00 as 250 and makes one line of two without a type."""
    good = mt940(PAID, closing=75_000, number="1")
    found = read(
        good + mt940(PAID, broken, opening=75_000, closing=50_000, number="2") + good.replace("28C:1", "28C:3")
    )

    assert [one.number for one in found.statements] == ["1", "3"]
    assert [one.amount_minor for one in found.lines] == [-25_000, -25_000]
    refusal = found.problems[0]
    assert cause in refusal.sentence
    assert refusal.sentence.endswith("The other statements of the file are kept.")
    assert refusal.location == "line 13"


@pytest.mark.parametrize(
    ("wrong", "cause"),
    [
        (":60F:C261120EUR1000.00", "is not C or D, date, currency and amount with a comma"),
        (":60F:C269920EUR1000,00", "there is no day 269920"),
        (":60F:C261120XYZ1000,00", "it cannot be read"),
        (":98X:", "it has no opening balance (:60F:) or no closing balance (:62F:)"),
    ],
)
def test_a_wrong_balance_refuses_its_statement(wrong: str, cause: str):
    found = read(mt940(PAID, closing=75_000).replace(":60F:C261120EUR1000,00", wrong))

    assert (found.statements, found.lines) == ((), ())
    assert cause in found.problems[0].sentence


def test_a_statement_without_an_account_is_refused():
    found = read(mt940(PAID, closing=75_000).replace(f":25:{OURS}\n", ""))

    assert "it names no account (:25:)" in found.problems[0].sentence


def test_a_statement_that_does_not_add_up_keeps_its_lines_marked():
    found = read(mt940(PAID, closing=75_001))

    assert [(one.statement, one.difference_minor) for one in found.problems] == [(1, 1)]
    assert [one.is_doubtful for one in found.lines] == [True]


def test_the_pages_of_a_statement_chain():
    first = mt940(PAID, closing=75_000, number="9/1").replace(":62F:", ":62M:")
    second = mt940(PAID, opening=75_000, closing=50_000, number="9/2").replace(":60F:", ":60M:")
    found = read(first + second)

    assert found.problems == ()
    assert [one.number for one in found.statements] == ["9/1", "9/2"]


def test_a_negative_balance_and_the_envelope_of_swift():
    text = mt940(PAID, opening=0, closing=-25_000)
    found = read("{1:F01BANKDEFFXXXX0000000000}{2:I940BANKDEFFXXXXN}{4:\r\n" + text.replace("\n", "\r\n") + "-}")

    assert found.problems == ()
    assert [one.closing_minor for one in found.statements] == [-25_000]


def test_a_currency_behind_the_account_is_not_part_of_it():
    found = read(mt940(PAID, closing=75_000).replace(f":25:{OURS}", f":25:{OURS}EUR"))

    assert {one.account for one in found.lines} == {OURS}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "No statement is in the file: none of its lines begins with :20:."),
        (b"hello", "No statement is in the file: none of its lines begins with :20:."),
        (b":20:x\x00", "This is not an MT940 file: it has NUL characters in it."),
    ],
)
def test_it_refuses_what_is_no_mt940(content: bytes, sentence: str):
    with pytest.raises(FileError) as caught:
        reader.read(io.BytesIO(content))

    assert str(caught.value) == sentence


def test_a_text_that_names_a_file_of_ours_is_not_opened(tmp_path, monkeypatch):
    """The library's own `parse` opens a source that happens to be a path."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ":20:").write_text(mt940(PAID, closing=75_000))

    assert read(":20:").lines == ()


def test_lines_that_cannot_be_read_do_not_go_to_the_log(caplog):
    with caplog.at_level(logging.DEBUG):
        read(mt940(":61:2611201399D250,00NTRFSECRET", closing=75_000))

    assert "SECRET" not in caplog.text


def test_it_refuses_a_file_without_an_end():
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return b"\n" * size

    with pytest.raises(FileError, match="larger than 64 MB"):
        reader.read(Endless())


@given(st.lists(st.integers(-(10**9), 10**9).filter(bool), max_size=8))
def test_what_is_written_is_read_back(amounts: list[int]):
    lines = [
        f":61:2611201120{'D' if cents < 0 else 'C'}{abs(cents) // 100},{abs(cents) % 100:02d}NTRF\n:86:EREF+PO-{n}"
        for n, cents in enumerate(amounts)
    ]
    found = read(mt940(*lines, opening=0, closing=sum(amounts)))

    assert found.problems == ()
    assert [(one.amount_minor, one.reference) for one in found.lines] == [
        (cents, f"PO-{n}") for n, cents in enumerate(amounts)
    ]


@given(st.integers(0, 2000))
def test_half_a_file_gives_whole_statements_only(length: int):
    whole = mt940(PAID, closing=75_000, number="1") + mt940(PAID, opening=75_000, closing=50_000, number="2")
    found = BankFile(statements=(), lines=(), problems=())
    with suppress(FileError):
        found = read(whole[:length])
    assert len(found.lines) == len(found.statements)
    assert all(one.amount_minor == -25_000 for one in found.lines)


@given(st.text(st.sampled_from(":20568169FMCDNTRF,/+?-\n EUR12é"), max_size=300))
def test_no_text_breaks_it(text: str):
    with suppress(FileError):
        read(":20:x\n" + text)
