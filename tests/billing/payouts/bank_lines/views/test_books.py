"""Books: the trial balance, down to the session behind a movement; for agents alone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from billing.models import LedgerAccount
from billing.payments.processors import simulated
from billing.payouts.bank_lines.views.books import _start_of_day
from billing.payouts.sending import by_processor
from billing.sessions.refunds import refunds
from chargers.models import Property
from tests.kit import charging, sent_payouts
from tests.kit.payouts import Books

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(world):
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    return charging.guest(world.charger)


def test_it_tells_what_each_account_holds_and_that_both_sides_are_equal(world, busy, client_of):
    text = client_of(world.agent).get("/books/").content.decode()

    assert text.count("$9.00") == 3  # owed to the host, and both sums
    assert "Owed by drivers" in text
    assert "balanced" in text
    assert "not balanced" not in text


def test_it_leads_from_a_movement_to_its_session(world, busy, client_of):
    account = LedgerAccount.objects.get(code="host_payable")

    text = client_of(world.agent).get(f"/books/{account.pk}/").content.decode()

    assert f"/sessions/{busy.pk}/" in text
    assert "Owed by drivers" in text


def test_it_leads_to_the_session_from_whatever_moved_its_money(world, client_of):
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    session = charging.guest(world.charger)
    refunds.send(charging.refund(session).pk, now=charging.YESTERDAY)
    account = LedgerAccount.objects.get(code="processor_clearing")

    text = client_of(world.agent).get(f"/books/{account.pk}/").content.decode()

    assert text.count(f'<a href="/sessions/{session.pk}/">') == 3, "the payment, its fee and the refund"


def test_it_is_narrowed_by_host_and_day(world, busy, client_of):
    client = client_of(world.agent)
    other = world.stranger.memberships.get().host

    assert "Nothing is posted yet" in client.get("/books/", {"host": other.pk}).content.decode()
    assert "$9.00" not in client.get("/books/", {"until": "2020-01-01"}).content.decode()
    assert client.get("/books/", {"until": "soon"}).status_code == 200


def test_its_times_are_those_of_the_host_and_say_so(world, busy, client_of):
    account = LedgerAccount.objects.get(code="host_payable")
    at = account.postings.get().entry.occurred_at.astimezone(ZoneInfo("America/New_York"))

    text = client_of(world.agent).get(f"/books/{account.pk}/").content.decode()

    assert f"{at.day} {at:%b %Y, %H:%M %Z}" in text
    assert "UTC" not in text


def test_a_day_of_one_host_begins_by_its_clock_and_of_all_hosts_in_utc():
    assert _start_of_day(date(2026, 3, 10), zone="America/New_York") == datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
    assert _start_of_day(date(2026, 3, 10), zone="UTC") == datetime(2026, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize("person", ["owner", "teammate", "stranger"])
def test_nobody_else_sees_it(world, busy, client_of, person):
    account = LedgerAccount.objects.first()
    client = client_of(getattr(world, person))

    assert client.get("/books/").status_code == 404
    assert client.get(f"/books/{account.pk}/").status_code == 404
    assert "Books" not in client.get("/").content.decode()


def test_it_costs_no_more_queries_for_more_movements(world, client_of, django_assert_max_num_queries):
    charging.assign(charging.make_rate(world.host), world.site, "member")
    for _ in range(5):
        charging.charge(world.charger)
    client, account = client_of(world.agent), LedgerAccount.objects.first()

    with django_assert_max_num_queries(10):  # one looks for the agent's second factor, one for the host's zone
        client.get(f"/books/{account.pk}/")
    with django_assert_max_num_queries(6):
        client.get("/books/")


def test_an_account_is_as_of_the_day_that_the_trial_balance_is_of(world, busy, client_of):
    client = client_of(world.agent)
    account = LedgerAccount.objects.filter(host=world.host, postings__isnull=False)[0]

    now = client.get(f"/books/{account.pk}/").content.decode()
    before = client.get(f"/books/{account.pk}/?until=2020-01-01").content.decode()

    assert now.count("<tr>") > 1
    assert before.count("<tr>") == 1
    assert "before 1 January 2020" in before
    assert f"/books/{account.pk}/?until=2020-01-01" in client.get("/books/?until=2020-01-01").content.decode()


def test_a_failed_payout_is_owed_to_the_host_and_not_on_its_way(world, client_of):
    known = Books(host=world.host, place=world.site, charger=world.charger)
    sent_payouts.opened(known)
    sent_payouts.filled()
    payout = by_processor.send(sent_payouts.approved(known).pk, now=sent_payouts.APRIL)
    simulated.fail_payout(payout.processor_ref, code="could_not_process")
    assert by_processor.refresh(payout.pk, now=sent_payouts.APRIL + timedelta(days=2)).state == "failed"

    client = client_of(world.agent)
    page = client.get("/books/", {"host": known.host.pk}).content.decode()
    account = LedgerAccount.objects.get(host=known.host, code="payout_in_transit")

    assert "At the card processor since a payout failed: owed to the host" in page
    assert "on its way" not in page
    assert "not balanced" not in page
    of_account = client.get(f"/books/{account.pk}/").content.decode()
    assert "It is owed to the host, and not on its way." in of_account
