"""From what the dashboard showed to what the bank receives: rows of a fixed order that add up, each ..."""

import csv
import io
from datetime import UTC, datetime

import pytest

from tests.kit import pdf
from tests.kit.payouts_pages import known, payout

__all__ = ["known", "payout"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)


def test_the_bridge_comes_as_csv_and_on_paper_with_its_sentences(payout, world, client_of):
    client = client_of(world.owner)

    text = client.get(f"/payouts/one/{payout.pk}/bridge.csv").content.decode("utf-8-sig")
    paper = pdf.text(client.get(f"/payouts/one/{payout.pk}/bridge.pdf").content)

    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["row"], row["amount"]) for row in rows] == [
        ("sessions", "17.85"),
        ("tax", "-2.85"),
        ("timing_out", "-5.00"),
        ("total", "10.00"),
        ("remainder", "0.00"),
    ]
    assert sum(int(row["amount_minor"]) for row in rows[:3]) == int(rows[3]["amount_minor"])
    for row in rows[:3]:
        assert row["sentence"] in paper
    for part in ("Payout P-000001", "$17.85", "−$2.85", "−$5.00", "Paid to the bank $10.00", "Not explained $0.00"):
        assert part in paper
    assert client_of(world.stranger).get(f"/payouts/one/{payout.pk}/bridge.pdf").status_code == 404
