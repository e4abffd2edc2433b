"""Bars from zero, and the newest payouts as bars."""

from datetime import UTC, datetime

from billing.charts import bars
from billing.charts.bars import Item
from billing.models import Payout


def payout(number: int, *, amount_minor: int = 1000, state: str = "paid", currency: str = "USD") -> Payout:
    return Payout(
        number=number, amount_minor=amount_minor, state=state, currency=currency,
        begins_at=datetime(2026, 3, 1, 4, 30, tzinfo=UTC), time_zone="America/New_York",
    )  # fmt: skip


def test_bars_begin_at_zero_and_those_below_stand_left_of_it():
    chart = bars.draw("Sold", [Item(label="a", minor=300), Item(label="b", minor=-100)], currency="USD")

    assert chart.zero_x == 250
    assert [(bar.amount, bar.x, bar.width) for bar in chart.bars] == [("$3.00", 250, 750), ("−$1.00", 0, 250)]


def test_nothing_but_a_note_is_told_by_the_note():
    noted, plain = bars.draw(
        "Sold", [Item(label="a", minor=0, note="Carried on"), Item(label="b", minor=0)], currency="USD"
    ).bars

    assert (noted.amount, plain.amount) == ("Carried on", "$0.00")
    assert (noted.width, plain.width) == (2, 2)


def test_without_items_there_is_no_chart():
    assert bars.draw("Sold", [], currency="USD") is None


def test_payouts_stand_with_the_oldest_first_and_in_the_month_of_their_zone():
    (chart,) = bars.payouts([payout(2, amount_minor=500), payout(1)], looks={"paid": "ok"})

    assert chart.title == "Payouts over time"
    assert [(bar.amount, bar.style) for bar in chart.bars] == [("$10.00", "ok"), ("$5.00", "ok")]
    assert all(bar.label.endswith("Feb 2026") for bar in chart.bars)


def test_one_that_brought_nothing_is_told_by_its_state():
    (chart,) = bars.payouts([payout(2, state="failed"), payout(1)], looks={})

    assert [(bar.amount, bar.style) for bar in chart.bars] == [("$10.00", "unknown"), ("Failed", "unknown")]


def test_each_currency_has_its_chart_and_one_payout_alone_has_none():
    rows = [payout(5, currency="USD"), payout(4, currency="EUR"), payout(3, currency="USD"), payout(2, currency="JPY")]

    assert [chart.title for chart in bars.payouts(rows, looks={})] == ["Payouts over time, USD"]


def test_of_many_the_newest_twelve_are_drawn():
    (chart,) = bars.payouts([payout(number) for number in range(20, 0, -1)], looks={})

    assert len(chart.bars) == 12
    assert "20" in chart.bars[-1].label
