"""A bank's file is read and its new lines are stored, each once, however often the file, an ..."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import CommandError

from billing.models import BankLine
from billing.payouts.bank_lines import imports
from tests.kit.bank_import import known, run

__all__ = ["known", "run"]
pytestmark = pytest.mark.django_db
MARCH, APRIL = (datetime(2026, month, 3, tzinfo=UTC) for month in (3, 4))


def chosen(content: str, **answers: Any) -> None:
    """A person answers on the page what the file leaves open."""
    stream = io.BytesIO(content.encode())
    imports.bring_in(stream, name="x.csv", host=None, by="user:x", now=APRIL, answers=answers)


def test_an_answer_for_one_file_does_not_hinder_files_that_are_written_otherwise(known, run):
    header = "Date,Description,Amount\n"
    run(f"{header}2026-11-05,A,-1.00\n")
    with pytest.raises(CommandError, match="day first or month first"):
        run(f"{header}11/12/2026,B,-2.00\n")
    chosen(f"{header}11/12/2026,B,-2.00\n", date_order="mdy")

    for row in ("2026-11-05,C,-3.00", "25/12/2026,D,-4.00", "10/12/2026,E,-5.00"):
        assert run(f"{header}{row}\n")["refused"] == []

    days = {one.text: str(one.booked_on) for one in BankLine.objects.all()}
    assert days == {"A": "2026-11-05", "B": "2026-11-12", "C": "2026-11-05", "D": "2026-12-25", "E": "2026-10-12"}


def test_an_answered_decimal_sign_is_not_kept_where_the_file_says_another(known, run):
    header = "Date;Amount;Currency\n"
    chosen(f"{header}2026-11-05;-1.234;EUR\n", decimal=",")

    found = run(f"{header}2026-11-06;-12.50;EUR\n")

    assert found["refused"] == []
    assert sorted(BankLine.objects.values_list("amount_minor", flat=True)) == [-123400, -1250]


def test_a_broken_row_does_not_undo_the_answer(known, run):
    header = "Date,Description,Amount\n"
    chosen(f"{header}11/12/2026,B,-2.00\n", date_order="mdy")

    found = run(f"{header}10/12/2026,C,-3.00\npending 1,D,-4.00\n")

    assert (found["lines"], len(found["refused"])) == (1, 1)


@pytest.mark.parametrize("end", ["", "\n2026-11-21,Tea,-3.00\n"])
def test_a_file_without_a_header_loses_no_line(known, run, end):
    content = f"2026-11-20,Coffee,-4.50{end}"
    with pytest.raises(CommandError, match="no header row; in its first line Column 1 is “2026-11-20”"):
        run(content)
    assert not BankLine.objects.exists()
    chosen(content, booked_on="Column 1", amount="Column 3")

    assert BankLine.objects.order_by("id").first().text == "Coffee"
    assert BankLine.objects.count() == 1 + bool(end)
    assert run("2026-12-20,Milk,-2.50\n")["lines"] == 1
