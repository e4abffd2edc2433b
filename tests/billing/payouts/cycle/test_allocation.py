"""Which postings a payout consists of: those of sessions whose money is there, and all that belong to no session."""

from datetime import timedelta

import pytest

from billing.payouts.cycle import allocation, cycle
from tests.kit.payout_fees import DECEMBER, JANUARY, NOVEMBER, known, told

__all__ = ["known"]
pytestmark = pytest.mark.django_db(transaction=True)
CLOSES = timedelta(days=2, hours=1)


def test_the_fee_of_a_session_that_was_paid_late_is_in_the_month_of_the_session(known):
    known.sale(3000, at=NOVEMBER + timedelta(days=9), paid_at=DECEMBER + timedelta(days=9))
    known.sale(1000, at=NOVEMBER + timedelta(days=10))
    first = cycle.close(known.scope, until=DECEMBER, now=DECEMBER + CLOSES)
    [waits] = allocation.pending(known.scope, own_places=set(), until=DECEMBER)
    assert told(known, NOVEMBER, DECEMBER).earned_minor - waits.amount_minor == first.moved_minor

    known.sale(7000, at=DECEMBER + timedelta(days=9))
    second = cycle.close(known.scope, until=JANUARY, now=JANUARY + CLOSES)

    november, december = told(known, NOVEMBER, DECEMBER), told(known, DECEMBER, JANUARY)
    assert (november.fees_minor, december.fees_minor) == (100 + 300 + 300, 700 + 300)
    assert november.earned_minor + december.earned_minor == first.moved_minor + second.moved_minor
