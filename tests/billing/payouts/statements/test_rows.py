"""The rows of a statement: in which payout each line is, which session it is of, and why."""

import pytest

from billing.models import LedgerEntry, Payout
from billing.payouts.sending import outcomes
from tests.kit.files import day, known, made, table

__all__ = ["known"]
pytestmark = pytest.mark.django_db


def test_each_line_says_in_which_payout_it_is_and_why_not(known):
    opening, *lines, ending = table(made(known))

    assert (opening["kind"], opening["balance_minor"]) == ("opening", "0")
    assert [(row["kind"], row["amount_minor"], row["in_payout"], row["payout"]) for row in lines] == [
        ("receipt.issued", "1000", "yes", "P-000001"),
        ("refund.credited", "-200", "yes", "P-000001"),
        ("payout.platform_fee", "-100", "yes", "P-000001"),
        ("payout.fee_returned", "20", "yes", "P-000001"),
        ("receipt.issued", "5000", "no", ""),
    ]
    assert lines[0]["why"] == "In payout P-000001: approved."
    assert lines[4]["why"] == "Not paid by the driver yet."
    assert [row["balance_minor"] for row in lines] == ["1000", "800", "700", "720", "5720"]
    assert (ending["kind"], ending["balance_minor"], ending["balance"]) == ("closing", "5720", "57.20")


def test_the_lines_of_a_failed_payout_say_that_it_failed(known):
    payout = Payout.objects.get()
    outcomes.mark_submitted(payout, now=day(1, 21))
    outcomes.mark_failed(payout, code="account_closed", now=day(1, 22))

    lines = [row for row in table(made(known)) if row["payout"]]

    assert {row["in_payout"] for row in lines} == {"failed"}
    assert lines[0]["why"] == "In payout P-000001: failed."
    assert lines[-1]["why"] == "It is the payout that failed, owed again."


def test_each_line_names_its_session_charger_and_times_with_their_offset(known):
    _, first, *_ = table(made(known))

    assert (first["charger"], first["property"]) == ("S-sunset", "sunset-1")
    assert first["session"] == str(LedgerEntry.objects.exclude(session=None).order_by("pk")[0].session_id)
    assert first["posted_at"] == "2026-01-10T12:00:00+00:00"
    assert (first["gross"], first["tax"], first["amount"]) == ("11.90", "1.90", "10.00")
