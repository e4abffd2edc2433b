"""Fees belong to the month of their sessions, on every page, whenever the payout that kept them was closed."""

import itertools
from datetime import timedelta

import pytest

from billing.payments.books import figures, statements
from billing.payouts.cycle import cycle
from tests.kit.payout_fees import DECEMBER, JANUARY, NOVEMBER, OCTOBER, known, told

__all__ = ["known"]
pytestmark = pytest.mark.django_db(transaction=True)
CLOSES = timedelta(days=2, hours=1)


def test_a_good_month_does_not_pay_the_fees_of_the_month_before(known):
    known.sale(10_000, at=NOVEMBER + timedelta(days=9), fee=320)
    payout = cycle.close(known.scope, until=DECEMBER, now=DECEMBER + CLOSES)
    known.sale(1000, at=DECEMBER + CLOSES, fee=59)

    november, december = told(known, NOVEMBER, DECEMBER), told(known, DECEMBER, JANUARY)

    assert payout.moved_minor == 10_000 - 1000 - 320 - 300
    assert (november.earned_minor, november.fees_minor) == (payout.moved_minor, 1620)
    assert (december.earned_minor, december.fees_minor, december.paid_out_minor) == (1000, 0, 0)
    assert (november.fees_elsewhere_minor, december.fees_elsewhere_minor) == (1620, -1620)
    for since, until, one in ((NOVEMBER, DECEMBER, november), (DECEMBER, JANUARY, december)):
        month = statements.month(known.host, currency="USD", begins=since.date())
        assert month.moved_minor == one.earned_minor + one.fees_elsewhere_minor - one.paid_out_minor, (since, until)
        assert sum(minor for _, minor in figures.parts(one)) == one.earned_minor


def test_tax_that_the_host_remits_has_a_name_of_its_own(known):
    known.agree(valid_from=NOVEMBER, tax_remitter="host")
    known.sale(1190, tax=190, at=NOVEMBER + timedelta(days=9))
    cycle.close(known.scope, until=DECEMBER, now=DECEMBER + CLOSES)

    november = told(known, NOVEMBER, DECEMBER)

    assert (november.remitted_minor, november.other_minor) == (190, 0)
    assert ("Tax that the host remits, paid out to it", 190) in figures.parts(november)
    assert sum(minor for _, minor in figures.parts(november)) == november.earned_minor


def test_any_spans_of_time_add_up_to_what_the_payouts_kept(known):
    for number in range(1, 25):
        known.sale(331 * number, at=NOVEMBER + timedelta(days=number), fee=7 + number)
    payout = cycle.close(known.scope, until=DECEMBER, now=DECEMBER + CLOSES)

    spans = [NOVEMBER + timedelta(hours=53 * number) for number in range(20)]
    found = [told(known, since, until) for since, until in itertools.pairwise(spans)]

    assert sum(one.earned_minor for one in found) == payout.moved_minor
    assert all(0 <= one.fees_minor < one.gross_minor for one in found if one.gross_minor > 1000)


def test_a_subscription_is_in_its_own_month_also_where_nothing_was_sold_in_it(known):
    known.sale(1000, at=OCTOBER + timedelta(days=2))
    first = cycle.close(known.scope, until=NOVEMBER, now=NOVEMBER + CLOSES)
    known.sale(1000, at=DECEMBER + timedelta(days=2))
    second = cycle.close(known.scope, until=JANUARY, now=JANUARY + CLOSES)

    months = [told(known, since, until) for since, until in itertools.pairwise((OCTOBER, NOVEMBER, DECEMBER, JANUARY))]

    assert [one.earned_minor for one in months] == [600, -300, 600]
    assert first.moved_minor + second.moved_minor == 900
