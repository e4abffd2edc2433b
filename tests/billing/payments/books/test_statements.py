"""Statements: each month ties to the one before and to the books, and one that is over never changes."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.payments.books import ledger, statements
from billing.payments.books.ledger import Cause, Code, Movement

pytestmark = pytest.mark.django_db
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
IN_MARCH = datetime(2026, 3, 12, 16, tzinfo=UTC)


def post(site, minor, *, posted, happened=None, currency="USD", source="receipt", kind="issued"):
    number = ledger.LedgerEntry.objects.count()
    movement = Movement(
        host=site.host,
        currency=currency,
        cause=Cause(type=source, id=str(number), kind=kind),
        memo=f"No. {number}",
        lines={Code.HOST_PAYABLE: -minor, Code.GUEST_RECEIVABLE: minor},
        occurred_at=happened or posted,
    )
    ledger.post(movement, now=posted)


def test_a_month_begins_with_what_the_one_before_ended_with(site):
    post(site, 1000, posted=IN_MARCH)
    post(site, -300, posted=IN_MARCH + timedelta(days=1), source="refund", kind="credited")
    post(site, 500, posted=IN_MARCH + timedelta(days=30))

    april, march = statements.months(site.host)

    assert (march.month, march.opening_minor, march.closing_minor, march.lines) == (MARCH, 0, 700, 2)
    assert (april.month, april.opening_minor, april.closing_minor, april.lines) == (APRIL, 700, 1200, 1)
    assert statements.month(site.host, currency="USD", begins=MARCH) == march
    assert statements.month(site.host, currency="USD", begins=APRIL) == april
    assert [(one.words, one.lines, one.amount_minor) for one in statements.sums(march)] == [
        ("Sessions, without tax and card processing by their rates", 1, 1000),
        ("Refunds borne by the host", 1, -300),
    ]
    assert [(line.owed_minor, line.balance_minor) for line in statements.lines(april)] == [(500, 1200)]


def test_a_quiet_month_ends_as_it_began(site):
    post(site, 1000, posted=IN_MARCH)

    june = statements.month(site.host, currency="USD", begins=date(2026, 6, 1))

    assert (june.opening_minor, june.closing_minor, june.lines) == (1000, 1000, 0)
    assert list(statements.lines(june)) == []


def test_what_came_late_changes_no_month_that_is_over(site):
    post(site, 1000, posted=IN_MARCH)
    march = statements.month(site.host, currency="USD", begins=MARCH)
    assert march.is_over(datetime(2026, 4, 1, 4, tzinfo=UTC))
    assert not march.is_over(datetime(2026, 4, 1, 3, 59, tzinfo=UTC)), "it is 31 March in New York"

    post(site, 250, posted=IN_MARCH + timedelta(days=40), happened=IN_MARCH + timedelta(days=1))

    assert statements.month(site.host, currency="USD", begins=MARCH) == march
    assert [one.month for one in statements.months(site.host)] == [APRIL, MARCH]


def test_months_are_those_of_the_hosts_zone(site):
    post(site, 1000, posted=datetime(2026, 4, 1, 3, tzinfo=UTC))

    assert [one.month for one in statements.months(site.host)] == [MARCH]
    assert statements.month(site.host, currency="USD", begins=MARCH).lines == 1


def test_currencies_are_kept_apart(site):
    post(site, 1000, posted=IN_MARCH)
    post(site, 300, posted=IN_MARCH, currency="JPY")

    assert {(one.currency, one.closing_minor) for one in statements.months(site.host)} == {("USD", 1000), ("JPY", 300)}
    assert statements.month(site.host, currency="EUR", begins=MARCH) is None


def test_pages_of_lines_keep_their_balances(site):
    for minor in (100, 200, 300):
        post(site, minor, posted=IN_MARCH)
    march = statements.month(site.host, currency="USD", begins=MARCH)
    first = statements.lines_after(march, entry_id=0, limit=2)

    rest = statements.lines_after(march, entry_id=first[-1].entry_id, limit=2)

    assert [line.balance_minor for line in [*first, *rest]] == [100, 300, 600]


def test_it_tells_what_stands_beside_it(site):
    post(site, 1000, posted=IN_MARCH)
    march = statements.month(site.host, currency="USD", begins=MARCH)
    post(site, 70, posted=IN_MARCH + timedelta(days=30))

    assert statements.list_other_balances(march) == [("Not paid by drivers yet", 1000)]


def test_the_tax_beside_it_is_named_as_the_balance_that_it_is(site):
    for number, posted in enumerate((IN_MARCH - timedelta(days=30), IN_MARCH)):
        movement = Movement(
            host=site.host,
            currency="USD",
            cause=Cause(type="receipt", id=f"tax {number}", kind="issued"),
            memo="Sold",
            lines={Code.HOST_PAYABLE: -100, Code.TAX_PAYABLE: -19, Code.PROCESSOR_CLEARING: 119},
            occurred_at=posted,
        )
        ledger.post(movement, now=posted)

    march = statements.month(site.host, currency="USD", begins=MARCH)

    assert statements.list_other_balances(march) == [("Taxes held for the authorities", 38)]


@pytest.mark.long
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.integers(-5000, 5000), st.integers(0, 400)), min_size=1, max_size=12))
def test_whatever_is_posted_the_months_tie_to_the_books(site, moves):
    for minor, days in moves:
        post(site, minor, posted=IN_MARCH + timedelta(days=days))

    found = list(reversed(statements.months(site.host)))

    balance = -ledger.balance(site.host, Code.HOST_PAYABLE, currency="USD")
    assert (found[-1].closing_minor if found else 0) == balance
    assert all(later.opening_minor == one.closing_minor for one, later in pairwise(found))
    for one in found:
        lines = list(statements.lines(one))
        assert (
            sum(line.owed_minor for line in lines)
            == one.moved_minor
            == sum(s.amount_minor for s in statements.sums(one))
        )
        assert not lines or lines[-1].balance_minor == one.closing_minor


def test_the_months_of_a_currency_share_their_account_and_what_it_has_looked_up(site):
    post(site, 1000, posted=IN_MARCH)
    post(site, 500, posted=IN_MARCH + timedelta(days=30))
    post(site, 700, posted=IN_MARCH, currency="EUR")

    months = statements.months(site.host)

    assert len(months) == 3
    assert {month.currency for month in months} == {"USD", "EUR"}
    assert len({id(month.account) for month in months}) == 2
