"""A statement on paper: the same sums as its lines, every page readable, and provisional while its month is open."""

from datetime import date

import pytest

from billing.models import Statement
from billing.payments.books import statements
from billing.payouts.statements import paper, rows
from billing.payouts.statements.files import Format
from tests.kit import pdf
from tests.kit.files import content, day, known, made, table

__all__ = ["known"]
pytestmark = pytest.mark.django_db


def test_the_paper_says_the_same_sums(known):
    statement = made(known)

    told = pdf.text(content(statement, Format.PDF))

    assert statement.label in told
    for part in (
        "January 2026",
        "Opening balance $0.00",
        "Sessions, without tax and card processing by their rates",
        "$60.00",
        "$57.20",
        "Platform fee",
        "−$0.80",
        "P-000001, $7.20, approved:",
        "Closing $57.20",
    ):
        assert part in told, part
    balances = [row["balance_minor"] for row in table(statement)]
    assert all(f"${int(minor) / 100:,.2f}" in told for minor in balances)


def test_every_page_of_the_paper_can_be_read(known):
    assert pdf.unnamed_fonts(content(made(known), Format.PDF)) == set()


def test_an_open_month_has_a_provisional_paper(known):
    period = statements.month(known.host, currency="USD", begins=date(2026, 1, 1))

    told = pdf.text(paper.render(period, rows.read(period), number="", now=day(1, 28)))

    assert "Provisional statement" in told
    assert "Owed now" in told
    assert Statement.objects.count() == 0
