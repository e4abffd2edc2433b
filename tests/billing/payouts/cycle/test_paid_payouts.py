"""What was paid out: by the day of the payment in a zone, without what was returned or belongs to others."""

from datetime import UTC, date, datetime

import pytest

from billing.payouts.cycle import paid_payouts
from tests.kit.payouts_pages import known, payout

__all__ = ["known", "payout"]
pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 3, 2, 3, tzinfo=UTC)
SINCE, UNTIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize(("state", "is_paid"), [("paid", True), ("reconciled", True), ("returned", False)])
def test_it_counts_on_the_day_of_the_payment(world, payout, state, is_paid):
    payout.state, payout.paid_at = state, NIGHT
    payout.save()

    paid = paid_payouts.list_between(world.owner, since=SINCE, until=UNTIL)

    day = {"USD": {date(2026, 3, 1): payout.amount_minor}} if is_paid else {}
    assert paid_payouts.by_day(paid, zone="America/New_York") == day
    assert paid_payouts.totals(paid) == ({"USD": 1000} if is_paid else {})
    assert not paid_payouts.list_between(world.owner, since=UNTIL, until=UNTIL).exists()


def test_a_stranger_sees_none(world, payout):
    payout.state, payout.paid_at = "paid", NIGHT
    payout.save()

    assert not paid_payouts.list_between(world.stranger, since=SINCE, until=UNTIL).exists()
