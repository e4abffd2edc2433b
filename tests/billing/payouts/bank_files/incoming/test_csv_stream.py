"""The text of a CSV line by line in every encoding, and lines that are put aside until all are read."""

import io
from datetime import date

import pytest

from billing.payouts.bank_files.incoming.csv_mapping import decode_content
from billing.payouts.bank_files.incoming.csv_stream import Spool, Text
from billing.payouts.bank_files.incoming.lines import BankLine, FileError

LONG = "Zürich;1,00\r\n" * 20_000


def text(content: bytes) -> str:
    return "".join(Text(io.BytesIO(content)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("plain", ["", "a;b", "a;b\nc;d\n", "a;b\rc;d\r", '"a\nb";c\r\nd;é\r\n', LONG])
def test_it_reads_the_text_that_the_whole_file_has(encoding: str, plain: str):
    assert text(plain.encode(encoding)) == decode_content(plain.encode(encoding))[0] == plain


def test_it_gives_lines_with_their_ends():
    assert list(Text(io.BytesIO(b"a;b\r\nc;d\re;f\n"))) == ["a;b\r\n", "c;d\r", "e;f\n"]


def test_it_says_once_read_that_encodings_are_mixed():
    content = "Zürich\n".encode() + "Genève\n".encode("cp1252")
    found = Text(io.BytesIO(content))

    assert ("".join(found), found.odd) == decode_content(content)
    assert found.odd == "The file mixes encodings: line 2 is in Windows-1252, others are in UTF-8."


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe" + "a;b\n".encode("utf-16-le") + b"\x00", "but byte 11 is not"),
        (b"a;b\n\x81\x00\n", "NUL characters|neither in UTF-8"),
        (b"\x81;b\n", "neither in UTF-8 nor in Windows-1252"),
        (b"x" * (2**20 + 2**17), "larger than 1 MB"),
    ],
)
def test_what_is_no_text_is_refused(content: bytes, sentence: str):
    with pytest.raises(FileError, match=sentence):
        text(content)


def test_lines_come_back_as_they_were_in_their_order():
    lines = [
        BankLine(
            statement=0,
            location=f"line {n}",
            account="NL1",
            booked_on=date(2026, 4, 1 + n % 20),
            value_on=None,
            amount_minor=-n,
            currency="EUR",
            text="Zürich “x”\n",
            is_return=bool(n % 2),
        )
        for n in range(5_000)
    ]
    spool = Spool.begin(lines[5])
    for line in lines:
        spool.add(line)

    assert (spool.first, spool.last, spool.location) == (date(2026, 4, 1), date(2026, 4, 20), "line 5")
    assert list(spool.lines()) == lines
    spool.close()
