"""Closed statements: each begins where the one before ended, by the database; nothing is posted into one."""

import threading
import uuid
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import LedgerEntry, Statement
from billing.payments.books import ledger, statements
from billing.payments.books.ledger import Cause, Code, Movement
from billing.payments.books.statements import Account, Kind
from billing.payouts.cycle import cycle
from billing.payouts.statements import closing
from chargers.models import Property
from tests.kit.payouts import Books, books

pytestmark = pytest.mark.django_db


def day(month: int, number: int, year: int = 2026) -> datetime:
    return datetime(year, month, number, 12, tzinfo=UTC)


@pytest.fixture
def known() -> Books:
    return books()


def post(known: Books, minor: int, *, at: datetime) -> LedgerEntry:
    number = str(LedgerEntry.objects.count())
    movement = Movement(
        host=known.host,
        currency="USD",
        cause=Cause(type="receipt", id=f"x{number}", kind="issued"),
        memo="x",
        lines={Code.HOST_PAYABLE: -minor, Code.GUEST_RECEIVABLE: minor},
        occurred_at=at,
    )
    entry = ledger.post(movement, now=at)
    entry.refresh_from_db()
    return entry


def closed(known: Books, *, kind: Kind = Kind.MONTH, place: Property | None = None) -> list[tuple]:
    rows = Statement.objects.filter(host=known.host, kind=kind, property=place).order_by("begins_on")
    return [(f"{one.begins_on:%Y-%m}", one.opening_minor, one.closing_minor, one.lines) for one in rows]


def test_a_month_is_closed_once_it_is_over_and_opens_with_the_last_closing(known):
    known.sale(1000, at=day(1, 10))
    known.sale(500, at=day(2, 3))
    known.sale(70, at=day(3, 3))

    closing.close_due(now=day(3, 5))

    assert closed(known) == [("2026-01", 0, 1000, 1), ("2026-02", 1000, 1500, 1)]
    january, february = Statement.objects.order_by("begins_on")
    assert (january.label, february.label) == ("A2026-000001", "A2026-000002")
    assert (february.previous, february.begins_at) == (january, january.ends_at)


def test_closing_twice_changes_nothing(known):
    known.sale(1000, at=day(1, 10))

    assert len(closing.close_host(known.host, now=day(2, 5))) == 1
    assert closing.close_host(known.host, now=day(2, 6)) == []


def test_a_quiet_month_in_which_something_is_owed_is_closed_too(known):
    known.sale(1000, at=day(1, 10))

    closing.close_due(now=day(4, 2))

    assert closed(known) == [("2026-01", 0, 1000, 1), ("2026-02", 1000, 1000, 0), ("2026-03", 1000, 1000, 0)]


def test_months_of_nothing_are_left_out_and_nothing_falls_between(known):
    post(known, 1000, at=day(1, 10))
    post(known, -1000, at=day(1, 11))
    post(known, 300, at=day(5, 2))

    closing.close_due(now=day(6, 2))

    assert closed(known) == [("2026-01", 0, 0, 2), ("2026-05", 0, 300, 1)]
    january, may = Statement.objects.order_by("begins_on")
    assert may.begins_at == january.ends_at


def test_a_year_is_closed_with_its_december(known):
    known.sale(1000, at=day(11, 10, 2025))
    known.sale(500, at=day(1, 3))

    closing.close_due(now=day(2, 2))

    assert closed(known, kind=Kind.YEAR) == [("2025-01", 0, 1000, 1)]
    december = Statement.objects.get(kind="month", begins_on=date(2025, 12, 1))
    year = Statement.objects.get(kind="year")
    assert (year.ends_at, year.closing_minor) == (december.ends_at, december.closing_minor)


def test_what_is_posted_into_a_closed_month_is_in_the_next_one(known):
    known.sale(1000, at=day(1, 10))
    closing.close_due(now=day(2, 2))

    late = post(known, 250, at=day(1, 31))
    closing.close_due(now=day(3, 2))

    assert late.posted_at == datetime(2026, 2, 1, tzinfo=UTC)
    assert late.occurred_at == day(1, 31)
    assert closed(known) == [("2026-01", 0, 1000, 1), ("2026-02", 1000, 1250, 1)]


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_is_being_written_is_waited_for(known):
    known.sale(1000, at=day(1, 10))
    written, done = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            post(known, 250, at=day(1, 31))
            written.set()
            done.wait(10)
        connection.close()

    def soon() -> None:
        done.wait(0.5)
        done.set()

    writer, timer = threading.Thread(target=slow), threading.Thread(target=soon)
    writer.start()
    written.wait(10)
    timer.start()

    closing.close_due(now=day(2, 2))

    writer.join()
    timer.join()
    assert closed(known) == [("2026-01", 0, 1250, 2)]


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_close_a_month_once(known):
    known.sale(1000, at=day(1, 10))
    gate = threading.Barrier(2)

    def close() -> None:
        gate.wait(10)
        closing.close_due(now=day(4, 2))
        connection.close()

    both = [threading.Thread(target=close) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    closing.close_due(now=day(4, 2))
    assert [row[0] for row in closed(known)] == ["2026-01", "2026-02", "2026-03"]


def test_the_database_refuses_a_statement_that_does_not_follow(known):
    known.sale(1000, at=day(1, 10))
    closing.close_due(now=day(2, 2))
    january = Statement.objects.get()
    facts = {
        "host": known.host, "currency": "USD", "begins_on": date(2026, 2, 1), "begins_at": january.ends_at,
        "ends_at": day(3, 1), "time_zone": "UTC", "series": "A2026", "number": 2, "previous": january, "lines": 0,
        "opening_minor": 1000, "credited_minor": 0, "debited_minor": 0, "closing_minor": 1000, "closed_at": day(3, 1),
    }  # fmt: skip
    wrong = (
        {"opening_minor": 900, "closing_minor": 900}, {"begins_at": day(2, 2)}, {"currency": "EUR"},
        {"previous": None, "opening_minor": 0, "closing_minor": 0}, {"closing_minor": 1001},
    )  # fmt: skip

    for change in wrong:
        with pytest.raises(DatabaseError), transaction.atomic():
            Statement.objects.create(**(facts | change))

    Statement.objects.create(**facts)


def test_a_closed_statement_never_changes(known):
    known.sale(1000, at=day(1, 10))
    closing.close_due(now=day(2, 2))

    for act in (
        lambda: Statement.objects.update(closing_minor=5, credited_minor=5),
        lambda: Statement.objects.update(number=7),
        lambda: Statement.objects.all().delete(),
        lambda: connection.cursor().execute("TRUNCATE billing_statement CASCADE"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_each_property_has_its_own_and_together_with_the_rest_they_are_the_host(known):
    other = Property.objects.create(host=known.host, slug="b", name="B", time_zone="UTC", access="public")
    known.sale(1000, at=day(1, 10))
    known.sale(300, at=day(1, 11), place=other)
    post(known, -50, at=day(1, 12))

    closing.close_due(now=day(2, 2))

    assert closed(known) == [("2026-01", 0, 1250, 3)]
    assert closed(known, place=known.place) == [("2026-01", 0, 1000, 1)]
    assert closed(known, place=other) == [("2026-01", 0, 300, 1)]


def test_a_property_that_is_paid_by_itself_has_its_payouts_and_fees(known):
    other = Property.objects.create(host=known.host, slug="b", name="B", time_zone="UTC", access="public")
    known.agree(cycle="manual", platform_fee_pct=10)
    known.agree(place=other, cycle="manual", platform_fee_pct=20, subscription_minor=5)
    known.bank()
    known.sale(1000, at=day(1, 10))
    known.sale(300, at=day(1, 11), place=other)
    cycle.close_host(known.host, until=day(2, 1), now=day(2, 1))

    closing.close_due(now=day(3, 2))

    february = Statement.objects.filter(begins_on=date(2026, 2, 1))
    assert february.get(property=other).closing_minor == 300 - 60 - 5
    assert february.get(property=known.place).closing_minor == 1000
    assert february.get(property=None).closing_minor == 1300 - 100 - 65


def test_a_change_of_zone_leaves_no_gap(known):
    known.sale(1000, at=day(1, 10))
    closing.close_due(now=day(2, 2))
    january = Statement.objects.get()
    Property.objects.update(time_zone="America/New_York")
    post(known, 250, at=january.ends_at + timedelta(hours=1))

    february = statements.month(known.host, currency="USD", begins=date(2026, 2, 1))
    closing.close_due(now=day(3, 2))

    assert (february.begins_at, february.opening_minor, february.closing_minor) == (january.ends_at, 1000, 1250)
    assert closed(known)[1:] == [("2026-02", 1000, 1250, 1)]
    assert Statement.objects.order_by("begins_on").last().time_zone == "America/New_York"
    listed = statements.months(known.host)
    assert [(f"{one.month:%Y-%m}", one.opening_minor) for one in listed] == [("2026-02", 1000), ("2026-01", 0)]


@pytest.mark.long
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(
        st.tuples(st.integers(1, 5000) | st.integers(-5000, -1), st.integers(0, 500), st.booleans()),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_is_posted_and_closed_in_whatever_order_the_chain_ties_to_the_books(moves):
    known = books(f"host-{uuid.uuid4().hex}")
    for minor, days, is_closing in moves:
        at = day(1, 1) + timedelta(days=days)
        post(known, minor, at=at)
        if is_closing:
            closing.close_host(known.host, now=at)

    closing.close_host(known.host, now=day(6, 2, 2028))

    rows = list(Statement.objects.filter(host=known.host, kind="month").order_by("begins_at"))
    for before, after in pairwise(rows):
        assert (before.closing_minor, before.ends_at) == (after.opening_minor, after.begins_at)
    balance = -ledger.balance(known.host, Code.HOST_PAYABLE, currency="USD")
    assert (rows[-1].closing_minor if rows else 0) == balance
    account = Account(host=known.host, currency="USD")
    for row in rows:
        period = statements.closed_period(row, account)
        lines = list(statements.lines(period))
        assert sum(line.owed_minor for line in lines) == row.closing_minor - row.opening_minor
        assert len(lines) == row.lines
