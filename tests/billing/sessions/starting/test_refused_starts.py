"""A start that was refused: why, and what happened with the money."""

import uuid

from django.test import Client

from billing.models import Hold, Session
from chargers.commands import queue
from chargers.models import Command
from tests.kit.guest import guest, look, pay, station
from tests.kit.ordering import has_pay_button, now, pay_at_bank, transaction

__all__ = ["guest", "station"]
ASKS, LOST = "4000002760003184", "4000000000000119"


def test_refusing_at_the_banks_page_frees_guest_and_outlet_at_once(station, guest):
    session, hold = pay_at_bank(guest, station)

    guest.post(f"/processor/simulated/{hold.processor_ref}/", {"answer": "refuse"})
    text = look(guest, session)

    assert "You cancelled the payment at your bank&#x27;s page." in text
    assert "Your bank refused" not in text
    assert Session.objects.get().state == "failed"
    assert has_pay_button(guest.get("/c/SUN001/1").content.decode())


def test_a_guest_cancels_and_the_hold_is_released_at_once(world, station, guest):
    pay(guest, station)
    session = Session.objects.get()
    assert "Cancel and release $40.00" in guest.get(f"/s/{session.secret}/").content.decode()

    guest.post(f"/s/{session.secret}/cancel")

    session.refresh_from_db()
    assert (session.state, Hold.objects.get().state) == ("failed", "voided")
    text = guest.get(f"/s/{session.secret}/").content.decode()
    assert "Cancelled" in text
    assert "Charging did not start" not in text
    assert "You cancelled before charging began." in text
    assert "The hold of $40.00 was released at once." in text
    assert has_pay_button(Client().get("/c/SUN001/1").content.decode())


def test_a_start_that_was_cancelled_lets_nobody_charge_any_more(world, station, guest):
    pay(guest, station)
    session, command = Session.objects.get(), Command.objects.get()
    Command.objects.update(state="accepted")
    assert queue.ordered_start(world.charger, uid=session.id_token, evse_number=1, at=now(), now=now()) == command

    guest.post(f"/s/{session.secret}/cancel")

    assert queue.ordered_start(world.charger, uid=session.id_token, evse_number=1, at=now(), now=now()) is None


def test_a_start_that_waits_to_be_sent_is_not_sent_after_a_cancel(world, station, guest):
    pay(guest, station)
    assert Command.objects.get().state == "queued"

    guest.post(f"/s/{Session.objects.get().secret}/cancel")

    assert queue.take_next(world.charger, connection_id=uuid.uuid4(), now=now()) is None


def test_nobody_cancels_a_session_that_charges(world, station, guest):
    pay(guest, station)
    session = Session.objects.get()
    Session.objects.update(state="charging", started_at=now(), transaction=transaction(world.charger))

    guest.post(f"/s/{session.secret}/cancel")

    assert (Session.objects.get().state, Hold.objects.get().state) == ("charging", "authorised")
