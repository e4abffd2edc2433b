"""A payout's bridge as files: the rows, what they come to, and what they leave unexplained."""

import csv
import io
from datetime import UTC, datetime

import pytest

from billing.models import Payout
from billing.payouts.cycle import bridge_files, cycle
from tests.kit import pdf
from tests.kit.payouts import books

pytestmark = pytest.mark.django_db


@pytest.fixture
def payout() -> Payout:
    known = books()
    known.agree(cycle="manual", platform_fee_pct=10)
    known.bank()
    known.sale(1190, tax=190, at=datetime(2026, 1, 10, tzinfo=UTC))
    cycle.close_host(known.host, until=datetime(2026, 1, 20, tzinfo=UTC), now=datetime(2026, 1, 20, tzinfo=UTC))
    return Payout.objects.get()


def rows(payout: Payout) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(bridge_files.bridge_csv(payout).decode("utf-8-sig"))))


def test_the_rows_come_to_what_the_bank_receives_and_leave_nothing(payout):
    *parts, total, rest = rows(payout)

    assert [(row["row"], row["amount_minor"]) for row in (*parts, total, rest)] == [
        ("sessions", "1190"), ("tax", "-190"), ("platform_fee", "-100"), ("total", "900"), ("remainder", "0"),
    ]  # fmt: skip
    assert (total["payout"], total["amount"], total["currency"]) == ("P-000001", "9.00", "USD")
    assert sum(int(row["amount_minor"]) for row in parts) == int(total["amount_minor"])


def test_the_paper_has_the_same_amounts_and_where_it_went(payout):
    told = pdf.text(bridge_files.bridge_pdf(payout))

    for part in ("Payout P-000001", "$11.90", "−$1.00", "Paid to the bank $9.00", "Not explained $0.00", "in UTC"):
        assert part in told, part
    assert str(payout.bank_account) in told
    assert "Trace number" not in told


def test_a_trace_number_stands_on_it_once_the_bank_has_one(payout):
    payout.trace, payout.bank_account = "0110000120", None

    told = pdf.text(bridge_files.bridge_pdf(payout))

    assert "0110000120" in told
    assert "No bank account yet" in told
