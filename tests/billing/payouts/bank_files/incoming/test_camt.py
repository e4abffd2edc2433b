"""CAMT files of both generations: lines, batches, returns, balances; hostile, broken and very long ones."""

import io
import tracemalloc
from collections import Counter
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.payouts.bank_files.incoming import camt as reader
from billing.payouts.bank_files.incoming.lines import BankFile, BankLine, BankStatement, FileError, collect
from tests.kit.bank_statements import DAY, OURS, THEIRS, Entry, balance, camt, detail, entry, statement

ENTRIES = st.lists(
    st.builds(
        Entry,
        cents=st.integers(-(10**9), 10**9),
        reference=st.from_regex(r"PO-[0-9]{1,6}", fullmatch=True),
        text=st.text("abcÄß <&>'é", max_size=20),
        name=st.text("abcÄß <&>'é", max_size=20),
    ),
    max_size=6,
)


def read(content: bytes) -> BankFile:
    return collect(reader.read(io.BytesIO(content)))


@pytest.mark.parametrize("version", [2, 4, 8, 13])
def test_it_reads_a_statement_of_any_version(version: int):
    paid = Entry(cents=-25_000, reference="PO-17", text="Payout October", bank_reference="B1")
    found = read(camt(statement([paid], number="7", version=version), version=version))

    assert found.problems == ()
    assert found.statements == (
        BankStatement(
            ordinal=1,
            kind="camt.053",
            location="Stmt[1]",
            account=OURS,
            currency="EUR",
            number="7",
            opening_minor=100_000,
            closing_minor=75_000,
            from_date=date(2026, 11, 20),
            to_date=date(2026, 11, 20),
        ),
    )
    [line] = found.lines
    assert line.fingerprint != ""
    assert line == BankLine(
        statement=1,
        location="Stmt[1]/Ntry[1]/TxDtls[1]",
        account=OURS,
        booked_on=date(2026, 11, 20),
        value_on=date(2026, 11, 20),
        amount_minor=-25_000,
        currency="EUR",
        counterparty_name="Hotel am See GmbH",
        counterparty_account=THEIRS,
        reference="PO-17",
        bank_reference="B1",
        text="Payout October",
        fingerprint=line.fingerprint,
    )


@pytest.mark.parametrize(("kind", "tag"), [("052", "Rpt"), ("054", "Ntfctn")])
def test_it_reads_reports_and_notifications_without_balances(kind: str, tag: str):
    found = read(camt(statement([Entry(cents=500)], opening=None, tag=tag), kind=kind))

    assert [(one.kind, one.opening_minor) for one in found.statements] == [(f"camt.{kind}", None)]
    assert [line.amount_minor for line in found.lines] == [500]
    assert found.problems == ()


@pytest.mark.parametrize("version", [2, 8])
@pytest.mark.parametrize("status", ["PDNG", "INFO", "FUTR"])
def test_it_takes_booked_entries_only(version: int, status: str):
    pending, booked = Entry(cents=-700, status=status), Entry(cents=300)
    found = read(camt(statement([pending, booked], version=version), version=version))

    assert [line.amount_minor for line in found.lines] == [300]
    assert found.problems == ()


def test_it_asks_where_a_notification_does_not_say_whether_an_entry_is_booked():
    content = camt(statement([Entry(cents=300)], opening=None, tag="Ntfctn"), kind="054")
    found = read(content.replace(b"<Sts><Cd>BOOK</Cd></Sts>", b""))

    assert found.lines == ()
    assert [(one.location, one.sentence) for one in found.problems] == [
        ("Ntfctn[1]/Ntry[1]", "The entry does not say whether it is booked (Sts): it is left out.")
    ]


@pytest.mark.parametrize("version", [2, 8])
def test_it_makes_a_line_of_each_detail_of_a_batch(version: int):
    parts = [Entry(cents=-1000, reference="PO-1"), Entry(cents=-2000, reference="PO-2")]
    details = "".join(detail(one, version=version, with_amount=True) for one in parts)
    found = read(camt(statement([Entry(cents=-3000, details=details)], version=version), version=version))

    assert [(line.reference, line.amount_minor, line.location) for line in found.lines] == [
        ("PO-1", -1000, "Stmt[1]/Ntry[1]/TxDtls[1]"),
        ("PO-2", -2000, "Stmt[1]/Ntry[1]/TxDtls[2]"),
    ]
    assert found.problems == ()


@pytest.mark.parametrize(
    ("second", "cause"),
    [
        (Entry(cents=-1999), "add up to -29.99 EUR"),
        (Entry(cents=-2000, currency="USD"), "cannot be told apart (one is in USD)"),
    ],
)
def test_it_keeps_a_batch_whole_whose_details_do_not_add_up(second: Entry, cause: str):
    details = detail(Entry(cents=-1000), with_amount=True) + detail(second, with_amount=True)
    found = read(camt(statement([Entry(cents=-3000, details=details)])))

    assert [(line.amount_minor, line.reference) for line in found.lines] == [(-3000, "")]
    [problem] = found.problems
    assert problem.sentence == f"The 2 payments of the entry over -30.00 EUR {cause}: the entry is kept as one line."


def test_it_keeps_a_batch_whole_whose_details_have_no_amounts():
    details = detail(Entry(cents=-1000)) * 3
    found = read(camt(statement([Entry(cents=-3000, details=details)])))

    assert [line.amount_minor for line in found.lines] == [-3000]
    assert "(one has no amount)" in found.problems[0].sentence


def test_it_reads_a_return_with_its_reason():
    """The parties stand as in the payment that came back: we are its debtor, though the money comes in."""
    ours = f"<Dbtr><Pty><Nm>Us</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>{OURS}</IBAN></Id></DbtrAcct>"
    theirs = f"<Cdtr><Pty><Nm>Hotel X</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>{THEIRS}</IBAN></Id></CdtrAcct>"
    returned = (
        f"<TxDtls><Refs><EndToEndId>PO-9</EndToEndId></Refs><RltdPties>{ours}{theirs}</RltdPties>"
        "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>"
    )
    content = camt(statement([Entry(cents=1250, more="<RvslInd>true</RvslInd>", details=returned)]))
    [line] = read(content).lines

    assert (line.amount_minor, line.reference, line.is_return, line.return_code) == (1250, "PO-9", True, "AC04")
    assert (line.counterparty_name, line.counterparty_account) == ("Hotel X", THEIRS)


def test_it_knows_a_reversal_without_a_reason():
    [line] = read(camt(statement([Entry(cents=1250, more="<RvslInd>true</RvslInd>")]))).lines

    assert (line.is_return, line.return_code) == (True, "")


@pytest.mark.parametrize(
    "sign",
    [
        "<RvslInd>true</RvslInd>",
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn></BkTxCd>",
    ],
)
def test_the_other_party_of_what_comes_back_is_the_one_that_was_paid(sign: str):
    """Without accounts the roles decide: they are those of the payment that is undone."""
    parties = "<RltdPties><Dbtr><Nm>Us</Nm></Dbtr><Cdtr><Nm>Hotel X</Nm></Cdtr></RltdPties>"
    details = f"<TxDtls>{parties}</TxDtls>"
    returned, paid = Entry(cents=500, more=sign, details=details), Entry(cents=-500, details=details)
    found = read(camt(statement([returned, paid], version=2), version=2))

    assert [(line.counterparty_name, line.is_return) for line in found.lines] == [("Hotel X", True), ("Hotel X", False)]


def test_it_takes_the_reference_of_the_entry_too():
    [line] = read(camt(statement([Entry(cents=5, more="<NtryRef>E7</NtryRef>", bank_reference="B7")]))).lines

    assert (line.entry_reference, line.bank_reference, line.reference) == ("E7", "B7", "")


def test_a_statement_that_does_not_add_up_is_reported_and_its_lines_are_marked():
    right = statement([Entry(cents=500)], number="1", opening=0)
    wrong = statement([Entry(cents=500), Entry(cents=-200)], number="2", opening=500, closing=900)
    found = read(camt(right, wrong))

    [problem] = found.problems
    assert (problem.statement, problem.difference_minor) == (2, 100)
    assert problem.sentence == (
        "Statement 2 does not add up: it opens with 5.00 EUR, its lines come to 3.00 EUR, and it closes with 9.00 EUR. "
        "The difference is 1.00 EUR."
    )
    assert [(line.amount_minor, line.is_doubtful) for line in found.lines] == [(500, False), (500, True), (-200, True)]


def test_a_missing_statement_between_two_is_reported():
    first = statement([Entry(cents=500)], number="1", opening=0, day="2026-11-18")
    third = statement([Entry(cents=500)], number="3", opening=800, day="2026-11-20")
    found = read(camt(first, third))

    assert [(one.location, one.difference_minor) for one in found.problems] == [("Stmt[2]", 300)]
    assert not any(line.is_doubtful for line in found.lines)


def test_statements_in_reverse_order_chain():
    first = statement([Entry(cents=500)], number="1", opening=0, day="2026-11-18")
    second = statement([Entry(cents=500)], number="2", opening=500, day="2026-11-19")

    assert read(camt(second, first)).problems == ()


def test_a_statement_that_stands_twice_counts_once():
    once = statement([Entry(cents=500), Entry(cents=500)])
    found = read(camt(once, once))

    assert [line.amount_minor for line in found.lines] == [500, 500]
    assert [one.sentence for one in found.problems] == ["Statement 2 repeats statement 1: the same lines are left out."]


def test_a_statement_that_only_looks_like_a_copy_loses_no_line():
    """Pages of one statement may name its balances on each."""
    first = statement([Entry(cents=500), Entry(cents=500)], opening=0, closing=1700)
    second = statement([Entry(cents=500), Entry(cents=700)], opening=0, closing=1700)
    found = read(camt(first, second))

    assert [line.amount_minor for line in found.lines] == [500, 500, 700]
    assert len({line.fingerprint for line in found.lines}) == 3
    assert [one.ordinal for one in found.statements] == [1, 2]


def test_numbered_pages_are_no_copies():
    page = statement([Entry(cents=500)], opening=0, closing=1000)
    first, second = (page.replace("<CreDtTm>", f"<StmtPgntn><PgNb>{n}</PgNb></StmtPgntn><CreDtTm>", 1) for n in (1, 2))
    found = read(camt(first, second))

    assert [one.number for one in found.statements] == ["1/1", "1/2"]
    assert [line.amount_minor for line in found.lines] == [500, 500]


@pytest.mark.parametrize("element", ["PmtInfId", "MsgId"])
def test_a_sum_names_the_order_that_it_was_booked_from(element: str):
    batch = f"<Btch><{element}>CYCLE-7</{element}><NbOfTxs>40</NbOfTxs></Btch>"
    [line] = read(camt(statement([Entry(cents=-90_000, details=batch)]))).lines

    assert (line.order_reference, line.amount_minor) == ("CYCLE-7", -90_000)


def test_identical_lines_are_two_and_the_same_file_gives_the_same_fingerprints():
    content = camt(statement([Entry(cents=500), Entry(cents=500), Entry(cents=500, text="other")]))
    once, again = read(content), read(content)

    assert len({line.fingerprint for line in once.lines}) == 3
    assert [line.fingerprint for line in once.lines] == [line.fingerprint for line in again.lines]


def test_minus_zero_is_zero():
    content = camt(statement([Entry(cents=0)])).replace(b'"EUR">0.00<', b'"EUR">-0.00<')

    assert [line.amount_minor for line in read(content).lines] == [0]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("-5.00", "the amount -5.00 has a sign of its own; credit or debit say it."),
        ("5.005", "5.005 EUR has more decimals than the currency, which has 2."),
        ("1e9", "“1e9” is not an amount."),
        ("NaN", "“NaN” is not an amount."),
        ("٥", "“٥” is not an amount."),
        ("", "“” is not an amount."),
        ("9" * 30, f"{'9' * 30} EUR is too large to be an amount."),
    ],
)
def test_it_reports_an_amount_that_is_none_and_keeps_the_other_lines(text: str, cause: str):
    content = camt(statement([Entry(cents=777), Entry(cents=100)], opening=None))
    found = read(content.replace(b">7.77<", f">{text}<".encode()))

    assert [line.amount_minor for line in found.lines] == [100]
    assert [(one.location, one.sentence) for one in found.problems] == [
        ("Stmt[1]/Ntry[1]", f"The entry cannot be read: {cause}")
    ]


def test_trailing_zeros_of_an_amount_are_no_decimals():
    content = camt(statement([Entry(cents=777)], opening=None)).replace(b">7.77<", b">7.77000<")

    assert [line.amount_minor for line in read(content).lines] == [777]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        "<!-- long -->" * 9000 + "<!DOCTYPE x [ ]>",
    ],
)
def test_it_refuses_a_document_type(head: str, encoding: str):
    content = f"{head}<Document><BkToCstmrStmt>&b;</BkToCstmrStmt></Document>"
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""

    with pytest.raises(FileError, match="declares a document type"):
        read(mark + content.encode(encoding))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"hello", "The file is not XML: syntax error in line 1."),
        (b"\x00\x01\x02", "The file is not XML: not well-formed (invalid token) in line 1."),
        (b"<Document><Other/></Document>", "The file is XML, but neither CAMT.052 nor CAMT.053 nor CAMT.054."),
        (b"<Document/>", "The file is XML, but neither CAMT.052 nor CAMT.053 nor CAMT.054."),
    ],
)
def test_it_refuses_what_is_no_camt(content: bytes, sentence: str):
    with pytest.raises(FileError) as caught:
        read(content)

    assert str(caught.value) == sentence


@pytest.mark.parametrize("encoding", ["UT.-8", "utf-7", "gbk", "rot13"])
def test_it_refuses_an_encoding_that_it_does_not_know(encoding: str):
    with pytest.raises(FileError, match="an encoding that is not read here"):
        read(camt(statement([])).replace(b"UTF-8", encoding.encode()))


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252", "utf-16"])
def test_it_reads_other_encodings(encoding: str):
    text = camt(statement([Entry(cents=5, name="Müller")])).decode().replace("UTF-8", encoding)

    assert [line.counterparty_name for line in read(text.encode(encoding)).lines] == ["Müller"]


def test_a_nul_byte_in_the_middle_ends_the_reading_there():
    content = camt(statement([Entry(cents=100), Entry(cents=777)]))
    found = read(content.replace(b">7.77<", b">7.\x0077<"))

    assert [(line.amount_minor, line.is_doubtful) for line in found.lines] == [(100, True)]
    assert "is damaged" in found.problems[0].sentence


def test_it_refuses_elements_that_never_stop_nesting():
    found = read(camt(f"<Stmt><Id>1</Id>{'<a>' * 5000}"))

    assert [one.sentence for one in found.problems] == [
        "The elements of the file are nested more than 64 deep: it is not read. What stands before that was read."
    ]


def test_it_refuses_an_entry_that_never_ends():
    class Endless(io.RawIOBase):
        """A file that claims a gigabyte in one text."""

        given = 0

        def read(self, size: int = -1) -> bytes:
            first = camt(statement([Entry(cents=100)])).split(b"</Stmt>")[0] + b"<Ntry><AddtlNtryInf>"
            chunk = first if self.given == 0 else b"x" * 65536
            self.given += len(chunk)
            assert self.given < 2**28
            return chunk

    found = collect(reader.read(Endless()))

    assert [line.amount_minor for line in found.lines] == [100]
    assert "One entry of the file is larger than 64 MB" in found.problems[0].sentence


@pytest.mark.parametrize("token", ["<!--{}-->", "<?x {}?>", "<{}/>", "<Ntry a='{}'/>"])
def test_one_long_token_is_not_read_again_with_each_piece(token: str):
    """Before Expat 2.6 a token is begun anew with each piece: 20 MB in pieces of 16 KiB took minutes."""
    whole = camt(statement([Entry(cents=100)])).replace(
        b"</Stmt>", token.format("x" * 20 * 2**20).encode() + b"</Stmt>"
    )

    class Counted(io.BytesIO):
        reads = 0

        def read(self, size: int | None = -1) -> bytes:
            Counted.reads += 1
            return super().read(size)

    found = collect(reader.read(Counted(whole)))

    assert [line.amount_minor for line in found.lines] == [100]
    assert Counted.reads < 20


@given(ENTRIES)
def test_what_is_written_is_read_back(entries: list[Entry]):
    found = read(camt(statement(entries)))

    assert found.problems == ()
    assert [(one.amount_minor, one.reference, one.text, one.counterparty_name) for one in found.lines] == [
        (one.cents, one.reference, one.text.strip(), one.name.strip()) for one in entries
    ]


@given(ENTRIES, st.randoms())
def test_the_order_of_lines_changes_no_fingerprint(entries: list[Entry], random):
    shuffled = random.sample(entries, len(entries))

    def prints(ones: list[Entry]) -> Counter[str]:
        return Counter(line.fingerprint for line in read(camt(statement(ones))).lines)

    assert prints(shuffled) == prints(entries)
    assert all(count == 1 for count in prints(entries).values())


@given(ENTRIES, st.floats(0, 1))
def test_half_a_file_gives_the_lines_of_that_half(entries: list[Entry], share: float):
    content = camt(statement(entries))
    whole = read(content)
    part = BankFile(statements=(), lines=(), problems=())
    with suppress(FileError):
        part = read(content[: int(len(content) * share)])
    assert [line.fingerprint for line in part.lines] == [line.fingerprint for line in whole.lines[: len(part.lines)]]
    if 0 < len(part.lines) < len(whole.lines):
        assert part.problems != ()
        assert all(line.is_doubtful for line in part.lines)


@given(st.binary(max_size=300))
def test_no_bytes_break_it(content: bytes):
    head = camt(statement([Entry(cents=100)])).split(b"</Stmt>")[0]
    for whole in (content, head + content):
        with suppress(FileError):
            read(whole)


@pytest.mark.long
@pytest.mark.volume
def test_long_files_need_little_memory():
    """Ten thousand entries are five megabytes of text; what is held is one of them, and eight bytes of each."""
    one = entry(Entry(cents=-100, reference="PO-1", text="Payout " * 10)).encode()
    head, tail = camt(statement([])).split(b"</Stmt>")
    content = io.BytesIO(head.split(b"<Bal>")[0] + one * 10_000 + b"</Stmt>" + tail)
    tracemalloc.start()
    try:
        count = sum(1 for _ in reader.read(content))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert count == 10_001
    assert peak < 2_000_000


def test_balances_that_cannot_be_read_cast_doubt_on_the_statement():
    content = camt(statement([Entry(cents=100)])).replace(
        balance("OPBD", 100_000).encode(), balance("OPBD", 7).encode()
    )
    found = read(content.replace(b">0.07<", b">zero<"))

    assert [one.sentence for one in found.problems] == ["The balance OPBD cannot be read: “zero” is not an amount."]
    assert [line.is_doubtful for line in found.lines] == [True]


def test_the_period_and_the_balance_of_the_day_before_are_read():
    period = "<FrToDt><FrDtTm>2026-11-01T00:00:00Z</FrDtTm><ToDtTm>2026-11-30T23:59:59+01:00</ToDtTm></FrToDt>"
    text = statement([Entry(cents=500)]).replace("OPBD", "PRCD").replace("</CreDtTm>", f"</CreDtTm>{period}")
    found = read(camt(text))

    assert found.problems == ()
    [one] = found.statements
    assert (one.from_date, one.to_date, one.opening_minor) == (date(2026, 11, 1), date(2026, 11, 30), 100_000)


def test_the_opening_balance_counts_before_that_of_the_day_before():
    text = statement([Entry(cents=500)])
    both = text.replace(balance("OPBD", 100_000), balance("PRCD", 7) + balance("OPBD", 100_000) + balance("OPAV", 9))

    assert [one.opening_minor for one in read(camt(both)).statements] == [100_000]


@pytest.mark.parametrize("day", ["2026-02-31", "31.12.2026", "2026-W01-1"])
def test_a_day_that_is_none_is_not_replaced_by_the_value_date(day: str):
    content = camt(statement([Entry(cents=100)], opening=None)).decode()
    found = read(content.replace(f"<BookgDt><Dt>{DAY}", f"<BookgDt><Dt>{day}").encode())

    assert found.lines == ()
    assert [one.sentence for one in found.problems] == [f"The entry cannot be read: “{day}” is not a date."]


def test_an_entry_without_a_booking_date_is_booked_on_its_value_date():
    content = camt(statement([Entry(cents=100)])).decode().replace(f"<BookgDt><Dt>{DAY}</Dt></BookgDt>", "")

    assert [line.booked_on for line in read(content.encode()).lines] == [date(2026, 11, 20)]


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ('<Amt Ccy="EUR">1.00</Amt>', "", "it has no amount."),
        ("<CdtDbtInd>CRDT</CdtDbtInd><Sts>", "<CdtDbtInd>PLUS</CdtDbtInd><Sts>", "“PLUS” is neither credit (CRDT)"),
        ('<Amt Ccy="EUR">1.00', '<Amt Ccy="XAU">1.00', "“XAU” is not a currency that we know."),
    ],
)
def test_an_entry_that_lacks_what_it_needs_is_a_problem(old: str, new: str, cause: str):
    content = camt(statement([Entry(cents=100)], opening=None)).decode()
    assert old in content
    [problem] = read(content.replace(old, new).encode()).problems

    assert cause in problem.sentence


def test_a_prolog_without_an_end_is_refused():
    with pytest.raises(FileError, match="it never gets to an entry"):
        read(b"<?xml version='1.0'?>" + b"<!-- x -->" * 200_000)


def test_an_entry_without_any_date_is_a_problem():
    day = f"<Dt>{DAY}</Dt>"
    content = camt(statement([Entry(cents=100)], opening=None)).replace(day.encode(), b"")

    assert [one.sentence for one in read(content).problems] == ["The entry cannot be read: it has no date."]
