"""Receipts with prices including tax, as guests saw them before paying."""

from decimal import Decimal
from typing import Any

import pytest

from billing.pricing import price_card
from billing.sessions.documents import document_text, gross
from tests.kit import charging
from tests.kit.documents import page_of, paid, pdf_of, place

__all__ = ["paid", "place"]
pytestmark = pytest.mark.django_db
NOON = charging.YESTERDAY.replace(hour=20, minute=30, second=0)  # 15:30 or 16:30 in New York


def test_the_receipt_shows_the_prices_with_tax_that_the_price_card_showed(paid):
    card = price_card.build(paid.rate_version)
    report = gross.report(paid.receipts.get().document["report"])

    for text in (page_of(paid), pdf_of(paid)):
        for energy in card.energy:
            assert f"× {energy.amount.removesuffix(' per kWh')}" in text
        assert f"session × {card.connection.removesuffix(' to connect.')}" in text
    assert sum(line["amount"] for line in report["lines"]) == report["total"]
    assert report["total"] == paid.receipts.get().document["report"]["total"]


def report_with(*lines: tuple[str, str, int, str], total: int) -> dict[str, Any]:
    """A stored report of lines without tax: quantity, price, amount, percentage."""
    taxes: dict[str, int] = {}
    for _quantity, _price, amount, pct in lines:
        taxes[pct] = taxes.get(pct, 0) + amount
    groups = [{"rate_pct": pct, "base": base, "tax": round(base * float(pct) / 100)} for pct, base in taxes.items()]
    rows = [
        {
            "kind": "energy",
            "label": "all day",
            "quantity": quantity,
            "unit": "kWh",
            "unit_price": price,
            "amount": amount,
            "exact": str(float(quantity) * float(price) * 100),
            "tax_pct": pct,
            "reasons": [],
        }
        for quantity, price, amount, pct in lines
    ]
    return {"currency": "EUR", "tax_mode": "exclusive", "lines": rows, "taxes": groups, "total": total, "idle": None}


def test_lines_with_tax_add_up_to_the_total_whatever_is_rounded():
    stored = report_with(("3.333", "0.37", 123, "21"), ("1.111", "0.37", 41, "21"), ("7", "0.05", 35, "9"), total=236)

    shown = gross.report(stored)

    assert sum(line["amount"] for line in shown["lines"]) == 164 + 34 + 35 + 3
    assert [line["unit_price"] for line in shown["lines"]] == ["0.4477", "0.4477", "0.0545"]
    assert gross.report(shown) == shown, "what has its tax stays as it is"


def test_the_idle_price_has_its_tax_also_where_no_minute_was_billed():
    stored = report_with(("3.333", "0.37", 123, "9"), ("7", "0.05", 35, "0"), total=169)
    idle = {"per_min": "0.20", "cap": "10", "tax_pct": "21", "billed_minutes": 0}

    shown = gross.report(stored | {"idle": idle})["idle"]
    untaxed = report_with(("3.333", "0.37", 123, "0"), total=123)
    alone = gross.report(untaxed | {"idle": idle})["idle"]

    assert (shown["per_min"], shown["cap"]) == ("0.242", "12.1")
    assert alone == shown


@pytest.mark.parametrize("quantity", ["0.226", "40", "87.413", "160"])
@pytest.mark.parametrize(("net", "percentage"), [("0.30", "9.25"), ("0.3333", "8.875"), ("0.4117", "21")])
def test_quantity_times_price_is_the_line_or_its_rounding_is_named(quantity, net, percentage):
    exact = Decimal(quantity) * Decimal(net) * 100
    stored = report_with((quantity, net, round(exact), percentage), total=0)
    stored["taxes"][0]["base"] = round(exact)

    (line,) = gross.report(stored)["lines"]
    (row,) = document_text.rows([line], currency="EUR")

    product = Decimal(line["quantity"]) * Decimal(line["unit_price"]) * 100
    assert abs(product - exact * (1 + Decimal(percentage) / 100)) < Decimal("0.01")
    if row.rounding:
        named = Decimal(row.rounding.removeprefix("rounded from €")) * 100
        assert abs(named - product) < Decimal("0.02")
    else:
        assert abs(product - line["amount"]) <= Decimal("0.51")
