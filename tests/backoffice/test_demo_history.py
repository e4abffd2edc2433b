"""The demo's history: a closed month with a paid, a carried and a failed payout, and sessions since then."""

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.test import Client

from backoffice import demo, demo_history
from billing.models import LedgerEntry, Payout, ProcessorTransaction, Session, SimulatedClock
from billing.payments.books import ledger
from billing.payments.books.ledger import Code
from chargers.availability import outages
from chargers.lib import partitions
from chargers.models import Charger, Host, Maintenance
from support.models import Ticket

ADDRESSES = {
    "provider_url": "http://127.0.0.1:9/",
    "partner_url": "ws://127.0.0.1:9/",
    "calendar_url": "http://127.0.0.1:9/calendars/sunset-2b.ics",
    "hotel_url": "http://127.0.0.1:9/hotel",
}


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_the_demo_has_a_closed_month():
    """One load for all that is asked of it: it takes as long as the month's sessions."""
    now = datetime.now(tz=UTC)
    partitions.ensure(now=now, weeks_back=9)
    demo.load(**ADDRESSES, now=now)

    agents_key_sees_a_paid_a_carried_and_a_failed_payout_that_add_up(now)
    guests_have_charged_since_then(now)
    sessions_are_posted_in_their_month_and_explained_at_the_processor(now)
    chargers_stayed_connected_and_were_heard_until_now(now)
    a_guest_and_a_host_ask_for_help(now)
    it_is_made_once(now)


def listed(**query):
    out = io.StringIO()
    call_command("api_key", "--agent", stdout=out)
    key = {"HTTP_AUTHORIZATION": f"Api-Key {out.getvalue().strip()}"}
    return Client().get("/api/v1/payouts/", query, **key).json()["results"]


def agents_key_sees_a_paid_a_carried_and_a_failed_payout_that_add_up(_: datetime):
    found = {one["state"]: one for one in listed()}

    assert len(listed()) == 3
    assert {state: one["host"] for state, one in found.items()} == {
        "paid": "sunset",
        "failed": "sunset",
        "carried": "lakeside",
    }
    assert [one["remainder_minor"] for one in found.values()] == [0, 0, 0]
    paid, failed, carried = (found[state] for state in ("paid", "failed", "carried"))
    assert sum(row["amount_minor"] for row in paid["bridge"]) == paid["amount_minor"] > 3000
    assert sum(row["amount_minor"] for row in failed["bridge"]) == 0 < failed["amount_minor"]
    assert sum(row["amount_minor"] for row in carried["bridge"]) == 0
    assert failed["failure"]["code"] == "account_closed"
    assert [row["kind"] for row in paid["bridge"]] == [
        "sessions",
        "tax",
        "timing_out",
        "refunds",
        "platform_fee",
        "processing",
    ]


def guests_have_charged_since_then(loaded_at: datetime):
    newest = Payout.objects.order_by("ends_at").last()
    assert newest

    assert Session.objects.filter(started_at__lt=newest.ends_at).count() == 12
    assert Session.objects.filter(started_at__gte=newest.ends_at + timedelta(days=5)).exists()


@pytest.mark.parametrize("days", [0, 1, 9, 33])
def test_the_visits_since_the_payouts_do_not_overlap_and_have_ended(days):
    begins_at = datetime(2026, 11, 7, tzinfo=UTC)
    now = begins_at + timedelta(days=days, hours=20)

    visits = list(demo_history.visits_since(begins_at, now))

    assert len(visits) >= days
    assert all(begins_at <= visit.at and visit.at + visit.lasts < now for visit in visits)
    for earlier, later in pairwise(visits):
        assert earlier.at + earlier.lasts < later.at


def sessions_are_posted_in_their_month_and_explained_at_the_processor(loaded_at: datetime):
    for payout in Payout.objects.all():
        assert payout.ends_at < loaded_at
        entries = LedgerEntry.objects.filter(host=payout.host, source_type="receipt", posted_at__lt=payout.ends_at)
        assert all(payout.begins_at <= at for at in entries.values_list("posted_at", flat=True))
    assert {one.state for one in Session.objects.all()} == {"settled"}
    assert {one.match for one in ProcessorTransaction.objects.all()} == {"explained"}
    assert SimulatedClock.objects.get().ahead_s == 0
    for host in Host.objects.all():
        codes = [ledger.balance(host, code, currency="USD") for code in Code]
        assert sum(codes) == 0
    sunset = Host.objects.get(slug="sunset")
    failed = Payout.objects.get(state="failed")
    assert ledger.balance(sunset, Code.PAYOUT_IN_TRANSIT, currency="USD") == failed.transferred_minor


def it_is_made_once(loaded_at: datetime):
    sessions = Session.objects.count()

    demo.load(**ADDRESSES, now=loaded_at + timedelta(minutes=1))

    assert (Payout.objects.count(), Session.objects.count()) == (3, sessions)
    assert Maintenance.objects.get().begins_at > loaded_at + timedelta(days=5)
    page = Client().get("/status/sunset/").content.decode()
    assert "The meter is replaced" in page
    assert "HAR002" in page


@pytest.mark.parametrize(
    ("day", "month"),
    [
        ("2026-11-23", "2026-10-01"),
        ("2026-11-05", "2026-09-01"),
        ("2026-11-08", "2026-10-01"),
        ("2027-01-02", "2026-11-01"),
    ],
)
def test_the_month_is_one_whose_payouts_had_the_time_to_arrive(day, month):
    begin, end = demo_history.closed_month(zone=ZoneInfo("UTC"), now=datetime.fromisoformat(f"{day}T12:00:00+00:00"))

    assert f"{begin:%Y-%m-%d}" == month
    assert end - begin >= timedelta(days=28)


def chargers_stayed_connected_and_were_heard_until_now(loaded_at: datetime):
    charger = Charger.objects.get(charger_id="CP-LAKE-1")

    known = outages.of_charger(charger, since=loaded_at - timedelta(days=14), now=loaded_at)

    assert known.together.pct == Decimal("100.00")
    assert charger.disconnected_at == loaded_at
    assert abs(charger.last_message_at - charger.disconnected_at) < timedelta(minutes=10)


def a_guest_and_a_host_ask_for_help(loaded_at: datetime):
    dear, unpaid = Ticket.objects.order_by("pk")

    assert (dear.asker, dear.topic, dear.proof, dear.session.host.slug) == ("guest", 5, "link", "sunset")
    assert (unpaid.asker, unpaid.topic, unpaid.payout.state) == ("host", 10, "failed")
    assert not demo_history.make(now=loaded_at)
    assert Ticket.objects.count() == 2
