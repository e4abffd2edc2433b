"""The terms of an agreement as people read them."""

from decimal import Decimal
from typing import Any

import pytest

from billing.models import PayoutAgreement
from billing.payouts.payees import terms


def told(**changes: Any) -> dict[str, str]:
    values: dict[str, Any] = {
        "currency": "USD", "platform_fee_pct": Decimal("10.500"), "processing": "included", "subscription_minor": 0,
        "cycle": "monthly", "delay_days": 2, "threshold_minor": 2500, "reserve_minor": 0, "tax_remitter": "platform",
        "way": "processor", "two_people_above_minor": None, "self_billing": False, **changes,
    }  # fmt: skip
    return dict(terms.rows(PayoutAgreement(**values)))


def test_every_term_has_its_line_in_the_order_of_a_contract():
    assert list(told()) == [
        "Platform fee", "Card processing", "Subscription", "Cycle", "Delay", "Smallest payout", "Reserve", "Tax",
        "Payment method", "Two people approve", "Self-billing",
    ]  # fmt: skip


def test_amounts_have_their_currency_and_what_is_not_agreed_is_none_or_never():
    rows = told()

    assert rows["Platform fee"].startswith("10.5 % of each session")
    assert (rows["Smallest payout"], rows["Reserve"], rows["Subscription"]) == ("$25.00", "None", "None")
    assert (rows["Two people approve"], rows["Self-billing"]) == ("Never", "No")
    assert told(two_people_above_minor=0)["Two people approve"] == "Above $0.00"
    assert told(subscription_minor=4900)["Subscription"] == "$49.00 a month"


@pytest.mark.parametrize(("days", "words"), [(0, "0 days"), (1, "1 day"), (2, "2 days")])
def test_days_are_counted(days: int, words: str):
    assert told(delay_days=days)["Delay"] == f"{words} after the end of the period"


def test_processing_that_was_agreed_is_told_with_its_figures():
    agreed = told(processing="agreed", processing_pct=Decimal("1.40"), processing_fixed_minor=25)

    assert agreed["Card processing"] == "1.4 % and $0.25 for each payment"
    assert told()["Card processing"] == PayoutAgreement(processing="included").get_processing_display()
