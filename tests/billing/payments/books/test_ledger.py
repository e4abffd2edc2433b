"""The books: balanced, posted once, never changed; by our door, and by the database whatever door is taken."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import LedgerAccount, LedgerEntry, Posting
from billing.payments.books import ledger
from billing.payments.books.ledger import Cause, Code, ConflictError, Movement, UnbalancedError
from chargers.models import Host
from tests.kit.at_once import at_once

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def host() -> Host:
    return Host.objects.create(slug="sunset", name="Sunset Stays", currency="USD", country="US")


def movement(host, number=1, *, amount=1234, currency="USD", **changes):
    lines = {Code.GUEST_RECEIVABLE: amount, Code.HOST_PAYABLE: -amount}
    fields = {
        "host": host,
        "currency": currency,
        "lines": lines,
        "memo": "A receipt",
        "occurred_at": NOW,
        "cause": Cause(type="receipt", id=str(number), kind="issued"),
    }
    return Movement(**{**fields, **changes})


def test_it_posts_an_entry_with_its_sides(host):
    entry = ledger.post(movement(host), now=NOW)

    assert ledger.lines_of(entry) == {Code.GUEST_RECEIVABLE: 1234, Code.HOST_PAYABLE: -1234}
    assert ledger.balance(host, Code.GUEST_RECEIVABLE, currency="USD") == 1234
    assert ledger.balance(host, Code.HOST_PAYABLE, currency="USD") == -1234
    assert ledger.balance(host, Code.HOST_PAYABLE, currency="EUR") == 0


def test_it_posts_once_however_often_it_is_asked(host):
    first, second = ledger.post(movement(host), now=NOW), ledger.post(movement(host), now=NOW + timedelta(days=1))

    assert first == second
    assert LedgerEntry.objects.count() == 1


def test_it_posts_once_also_when_many_ask_at_once(host):
    at_once(8, lambda: ledger.post(movement(host), now=NOW))

    assert (LedgerEntry.objects.count(), Posting.objects.count()) == (1, 2)


def test_the_same_document_with_other_lines_is_a_conflict(host):
    ledger.post(movement(host), now=NOW)

    with pytest.raises(ConflictError):
        ledger.post(movement(host, amount=99), now=NOW)
    assert ledger.balance(host, Code.GUEST_RECEIVABLE, currency="USD") == 1234


def test_it_refuses_what_does_not_balance(host):
    with pytest.raises(UnbalancedError):
        ledger.post(movement(host, lines={Code.BANK: 5, Code.HOST_PAYABLE: -4}), now=NOW)
    assert not LedgerEntry.objects.exists()


def test_nothing_moves_where_every_line_is_nothing(host):
    assert ledger.post(movement(host, amount=0), now=NOW) is None
    assert not LedgerEntry.objects.exists()


def test_it_reverses_an_entry_once(host):
    entry = ledger.post(movement(host), now=NOW)

    first = ledger.reverse(entry, memo="Posted to the wrong host", now=NOW)
    second = ledger.reverse(entry, memo="Posted to the wrong host", now=NOW)

    assert first == second
    assert first.reverses == entry
    assert ledger.balance(host, Code.GUEST_RECEIVABLE, currency="USD") == 0


def test_balances_are_told_by_account_and_moment(host):
    ledger.post(movement(host), now=NOW)
    ledger.post(movement(host, 2, amount=66, occurred_at=NOW + timedelta(days=1)), now=NOW)

    def told(**asked):
        return {one.account.code: one.minor for one in ledger.balances(LedgerAccount.objects.all(), **asked)}

    assert told() == {"guest_receivable": 1300, "host_payable": -1300}
    assert told(until=NOW + timedelta(hours=1)) == {"guest_receivable": 1234, "host_payable": -1234}


def account(host, code=Code.BANK, currency="USD"):
    return LedgerAccount.objects.get_or_create(host=host, code=code, currency=currency)[0]


def raw_entry(host, **changes):
    fields = {"source_type": "hand", "source_id": "1", "kind": "made", "memo": "x"}
    return LedgerEntry.objects.create(host=host, occurred_at=NOW, posted_at=NOW, **{**fields, **changes})


def write(entry, *sides):
    """Lines by hand, past our door: (account, side, amount)."""
    with transaction.atomic():
        entry = entry()
        for where, of, amount in sides:
            Posting.objects.create(entry=entry, account=where, side=of, amount_minor=amount, currency=where.currency)


def test_the_database_refuses_an_entry_that_does_not_balance(host):
    sides = [(account(host), "D", 5), (account(host, Code.HOST_PAYABLE), "C", 4)]

    with pytest.raises(DatabaseError, match="does not balance in USD"):
        write(lambda: raw_entry(host), *sides)
    assert not LedgerEntry.objects.exists()


def test_the_database_refuses_an_entry_that_balances_only_across_currencies(host):
    sides = [(account(host), "D", 5), (account(host, currency="EUR"), "C", 5)]

    with pytest.raises(DatabaseError, match="does not balance"):
        write(lambda: raw_entry(host), *sides)


def test_the_database_refuses_an_entry_without_lines(host):
    with pytest.raises(DatabaseError, match="has no postings"):
        write(lambda: raw_entry(host))


def test_the_database_refuses_a_line_of_another_host(host):
    other = Host.objects.create(slug="lakeside", name="Lakeside", currency="USD", country="US")

    with pytest.raises(DatabaseError, match="another host or currency"):
        write(lambda: raw_entry(host), (account(other), "D", 5))


def test_the_database_refuses_a_line_in_another_currency_than_its_accounts(host):
    where = account(host)
    where.currency = "EUR"

    with pytest.raises(DatabaseError, match="another host or currency"):
        write(lambda: raw_entry(host), (where, "D", 5))


def test_the_database_refuses_lines_that_come_later(host):
    entry = ledger.post(movement(host), now=NOW)
    sides = [(account(host), "D", 5), (account(host, Code.HOST_RESERVE), "C", 5)]

    with pytest.raises(DatabaseError, match="is written already"):
        write(lambda: entry, *sides)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE billing_posting SET amount_minor = 1",
        "DELETE FROM billing_posting",
        "UPDATE billing_ledgerentry SET memo = 'nothing'",
        "DELETE FROM billing_ledgerentry",
        "UPDATE billing_ledgeraccount SET currency = 'EUR'",
        "DELETE FROM billing_ledgeraccount",
        "TRUNCATE billing_posting CASCADE",
        "TRUNCATE billing_ledgerentry CASCADE",
    ],
)
def test_the_database_changes_nothing_that_is_written(host, change):
    ledger.post(movement(host), now=NOW)

    with pytest.raises(DatabaseError, match="the books only grow"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert ledger.balance(host, Code.GUEST_RECEIVABLE, currency="USD") == 1234


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amounts=st.lists(
        st.tuples(st.sampled_from(list(Code)), st.integers(-(10**9), 10**9)),
        min_size=1,
        max_size=5,
        unique_by=lambda x: x[0],
    ),
)
def test_the_books_sum_to_zero_whatever_is_posted(host, amounts):
    lines = dict(amounts)
    lines[Code.BANK_SUSPENSE] = lines.get(Code.BANK_SUSPENSE, 0) - sum(lines.values())

    ledger.post(movement(host, uuid.uuid4(), lines=lines), now=NOW)

    assert sum(one.minor for one in ledger.balances(LedgerAccount.objects.all())) == 0
