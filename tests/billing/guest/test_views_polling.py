"""The session's page asks every three seconds: it waits for no card processor, locks nobody and counts little."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing import tasks
from billing.models import Hold, Session
from chargers.models import MeterValue
from tests.kit.guest import look, pay, station
from tests.kit.running import running as charging_car
from tests.kit.stripe_server import KEY, SECRET, StripeServer
from tests.kit.views_polling import now

__all__ = ["charging_car", "now", "station"]


@pytest.fixture
def guest():
    return Client()


@pytest.fixture
def stripe_server(settings):
    with StripeServer() as server:
        settings.CARD_PROCESSOR = "stripe"
        settings.STRIPE_API_KEY, settings.STRIPE_WEBHOOK_SECRET = KEY, SECRET
        settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT_S = server.url, 1
        yield server


def test_a_poll_asks_no_card_processor_and_a_worker_does(station, guest, stripe_server):
    page = guest.post("/c/SUN001/1", {"version": station.pk, "email": ""}).url
    hold = Hold.objects.get()
    stripe_server.state.pay_on_page(hold.processor_ref)
    asked_at = hold.checked_at

    for _ in range(3):
        assert guest.get(page).status_code == 200

    hold.refresh_from_db()
    assert (hold.state, hold.checked_at) == ("authorising", asked_at)
    assert "Plug in now" in look(guest, Session.objects.get())
    assert Hold.objects.get().state == "authorised"


def test_nobody_asks_about_a_payment_whose_page_is_closed(station, guest, stripe_server):
    page = guest.post("/c/SUN001/1", {"version": station.pk, "email": ""}).url
    guest.get(page)
    Hold.objects.update(watched_at=datetime.now(tz=UTC) - timedelta(seconds=16))

    assert tasks.check_watched_holds() == 0


def test_a_poll_of_a_paid_session_locks_nothing(station, guest):
    page = pay(guest, station).url

    with CaptureQueriesContext(connection) as seen:
        guest.get(page)

    assert [one["sql"] for one in seen if "FOR UPDATE" in one["sql"]] == []


def test_a_start_locks_the_session_alone(station, guest):
    with CaptureQueriesContext(connection) as seen:
        pay(guest, station)
    locks = [one["sql"] for one in seen if "FOR UPDATE" in one["sql"] and "chargers_charger" in one["sql"]]

    assert locks
    assert all(sql.endswith('FOR UPDATE OF "billing_session"') for sql in locks)


def test_it_reads_no_meter_values_for_a_poll_without_a_new_one(charging_car, now):
    page = f"/s/{charging_car.secret}/"
    Client().get(page)

    with CaptureQueriesContext(connection) as seen:
        Client().get(page)

    assert not [one["sql"] for one in seen if MeterValue._meta.db_table in one["sql"]]
    assert len(seen) <= 26


def test_who_comes_back_from_the_bank_is_answered_at_once(station, guest, stripe_server):
    page = guest.post("/c/SUN001/1", {"version": station.pk, "email": ""}).url
    hold = Hold.objects.get()
    Hold.objects.update(checked_at=None)
    stripe_server.state.pay_on_page(hold.processor_ref)

    back = guest.get(f"{page}?returned=1")

    assert (back.status_code, back.url) == (302, page)
    assert Hold.objects.get().state == "authorised"
    assert "Plug in now" in guest.get(page).content.decode()
    asked_at = Hold.objects.get().checked_at
    guest.get(f"{page}?returned=1")
    assert Hold.objects.get().checked_at == asked_at
