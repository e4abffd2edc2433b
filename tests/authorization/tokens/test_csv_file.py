"""A CSV file of cards: read into rows and errors, written so that nothing in it is a formula."""

from datetime import UTC, datetime

import pytest

from authorization.tokens import csv_file
from authorization.tokens.csv_file import TokenRow, Wrong
from chargers.text import spreadsheets
from chargers.text.spreadsheets import FileError

GROUPS = {"residents": 1, "hotel staff": 2}


def read(text, zone="America/New_York"):
    return list(csv_file.read(text, groups=GROUPS, zone=zone))


def test_it_reads_every_column():
    text = (
        "uid,visual_number,owner,group,valid,blocked,blocked_reason,expires_at\n"
        "04:a1:b2:c3,SUN-1,Kim,Hotel Staff|residents,no,YES,Lost,2026-12-31\n"
    )

    assert read(text) == [
        TokenRow(
            number=2,
            uid="04:a1:b2:c3",
            canonical_uid="04A1B2C3",
            visual_number="SUN-1",
            owner="Kim",
            groups=(2, 1),
            valid=False,
            blocked=True,
            blocked_reason="Lost",
            expires_at=datetime(2027, 1, 1, 5, tzinfo=UTC),
            says_expiry=True,
        )
    ]


@pytest.mark.parametrize(
    "text",
    ["uid;owner\r\n04A1B2C3;Kim, Lee\r\n", '﻿"UID ","Owner"\n04A1B2C3,"Kim, Lee"\n', "owner;uid\nKim, Lee;04A1B2C3"],
)
def test_it_reads_commas_semicolons_and_any_order(text):
    (row,) = read(spreadsheets.decode_file(text.encode()))

    assert (row.canonical_uid, row.owner, row.valid, row.says_expiry) == ("04A1B2C3", "Kim, Lee", None, False)


@pytest.mark.parametrize(
    ("stated", "at"),
    [
        ("2026-12-31T18:00", datetime(2026, 12, 31, 23, tzinfo=UTC)),
        ("2026-12-31T18:00:00+00:00", datetime(2026, 12, 31, 18, tzinfo=UTC)),
        ("", None),
    ],
)
def test_it_reads_times_in_the_zone(stated, at):
    (row,) = read(f"uid,expires_at\n04A1B2C3,{stated}\n")

    assert (row.expires_at, row.says_expiry) == (at, True)


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("uid", "", "empty"),
        ("uid", "x" * 40, "at most 36"),
        ("uid", "О4A1", "cyrillic"),
        ("visual_number", "x" * 65, "At most 64"),
        ("owner", "x" * 201, "At most 200"),
        ("group", "Guests", "no local group “Guests”"),
        ("valid", "maybe", "neither true nor false"),
        ("blocked", "2", "neither true nor false"),
        ("blocked_reason", "x" * 256, "At most 255"),
        ("expires_at", "31.12.2026", "no date such as"),
        ("expires_at", "2026-02-30", "no date such as"),
        ("expires_at", "9999-12-31", "no date such as"),
    ],
)
def test_it_names_row_and_column_of_what_is_wrong(column, cell, message):
    header = "uid,owner" if column in {"uid", "owner"} else f"uid,owner,{column}"
    cells = {"uid": "04A1B2C3", "owner": "Kim", column: cell}
    text = f"{header}\n04FFFFFF,Kim\n" + ",".join(cells[name] for name in header.split(","))

    found = read(text)

    assert isinstance(found[0], TokenRow)
    (wrong,) = found[1:]
    assert (wrong.row, wrong.column) == (3, column)
    assert message in wrong.message


def test_it_finds_every_wrong_cell_of_a_row_and_the_second_of_two_cards():
    found = read("uid,valid,blocked\n04A1B2C3,x,\n04-a1-b2-c3,?,!\n")

    assert [(wrong.row, wrong.column) for wrong in found[1:]] == [(3, "valid"), (3, "blocked"), (3, "uid")]
    assert found[3] == Wrong(3, "uid", "Row 2 has this card already.")


def test_it_sees_cells_beyond_the_columns():
    (wrong,) = read("uid,owner\n04A1B2C3,Kim,Lee\n")

    assert "3 cells" in wrong.message


def test_it_passes_over_empty_rows():
    assert [row.number for row in read("uid,owner\n04A1B2C3,Kim\n,\n\n04A1B2C4,Lee\n")] == [2, 5]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "one of them must be uid"),
        ("04A1B2C3\n", "one of them must be uid"),
        ("uid,colour\n", "no column “colour”"),
        ("uid,owner,owner\n", "named twice"),
    ],
)
def test_it_refuses_a_header_that_it_does_not_know(text, message):
    with pytest.raises(FileError, match=message):
        read(text)


@pytest.mark.parametrize("content", ["uid\nMüller".encode("latin-1"), "uid\n04".encode("utf-16")])
def test_it_refuses_other_encodings(content):
    with pytest.raises(FileError, match="UTF-8"):
        spreadsheets.decode_file(content)


@pytest.mark.parametrize("cell", ["=1+1", "+49 170", "-x", "@SUM(A1)"])
def test_it_writes_no_formula_and_reads_back_what_it_wrote(cell):
    text = csv_file.render_rows([{"uid": "04A1B2C3", "owner": cell}])

    assert f",'{cell}," in text
    (row,) = read(text)
    assert row.owner == cell
