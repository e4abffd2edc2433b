"""Starting to charge as guests really do it: they plug in first, tap twice, put the phone away, change their mind."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client

from billing import tasks
from billing.models import Hold, ProcessorEvent, Session, SimulatedPayment
from billing.payments.processors import simulated
from billing.sessions.lifecycle import lifecycle
from billing.sessions.settlement import settle
from chargers.models import Charger, Command, Connector, Evse, Property, Reservation, StatusReport
from chargers.sentences import stored
from tests.kit.guest import DECLINED, GOOD, guest, look, pay, station
from tests.kit.ordering import has_pay_button, now, pay_at_bank, transaction
from tests.kit.world import make_charger

__all__ = ["guest", "station"]
ASKS, LOST = "4000002760003184", "4000000000000119"


def plug_in(charger, *, word="Preparing", evse=1):
    """A car is plugged in; nobody charges."""
    StatusReport.objects.create(
        charger=charger, evse_number=evse, connector_number=1, status=word, at=now(), received_at=now()
    )
    Connector.objects.filter(evse__charger=charger, evse__number=evse).update(status=word, status_at=now())


@pytest.mark.parametrize("word", ["Preparing", "Occupied"])
def test_a_guest_who_plugs_in_first_can_pay_and_is_told_that_the_car_is_plugged_in(world, station, guest, word):
    plug_in(world.charger, word=word)

    text = guest.get("/c/SUN001").content.decode()

    assert "Your car is plugged in" in text
    assert has_pay_button(text)
    pay(guest, station)
    assert Command.objects.get().action == "RemoteStartTransaction"
    page = guest.get(f"/s/{Session.objects.get().secret}/").content.decode()
    assert "Your car is plugged in" in page


@pytest.mark.parametrize("word", ["Preparing", "Occupied", "Charging", "Finishing", "SuspendedEV"])
def test_an_outlet_where_somebody_charges_has_no_pay_button(world, station, guest, word):
    transaction(world.charger)
    plug_in(world.charger, word=word)

    text = guest.get("/c/SUN001").content.decode()

    assert "This plug is in use" in text
    assert not has_pay_button(text)


def test_a_transaction_without_its_stop_does_not_keep_the_next_car_waiting(world, station, guest):
    transaction(world.charger, at=now() - timedelta(hours=3))
    StatusReport.objects.create(
        charger=world.charger,
        evse_number=1,
        connector_number=1,
        status="Available",
        at=now() - timedelta(hours=1),
        received_at=now(),
    )
    plug_in(world.charger)

    assert has_pay_button(guest.get("/c/SUN001").content.decode())


def test_a_reserved_outlet_has_no_pay_button_although_a_car_waits_in_it(world, station, guest):
    plug_in(world.charger)
    Reservation.objects.create(
        charger=world.charger,
        number=1,
        evse_number=1,
        id_token="04A1B2C3D4",
        state="active",
        until=now() + timedelta(minutes=30),
        created_at=now(),
    )

    assert not has_pay_button(guest.get("/c/SUN001").content.decode())


def test_an_outlet_that_another_guest_paid_for_has_no_pay_button(world, station, guest):
    plug_in(world.charger)
    pay(Client(), station)

    text = guest.get("/c/SUN001").content.decode()

    assert lifecycle.OCCUPIED in text
    assert not has_pay_button(text)


def test_the_choice_of_ports_offers_the_one_where_a_car_waits(world, station, guest):
    evse = Evse.objects.create(charger=world.charger, number=2)
    Connector.objects.create(evse=evse, number=1, status="Charging")
    transaction(world.charger, evse=2)
    plug_in(world.charger)

    text = guest.get("/c/SUN001").content.decode()

    assert "Which plug is your car at?" in text
    assert 'href="/c/SUN001/1"' in text
    assert 'href="/c/SUN001/2"' not in text


def deliver(ref, *, kind):
    """The processor's webhook, as it is stored when it arrives."""
    ProcessorEvent.objects.create(
        processor="simulated",
        event_id=f"evt_{uuid.uuid4()}",
        kind=kind,
        subject="payment",
        processor_ref=ref,
        raw="{}",
        received_at=now(),
    )
    tasks.resolve_holds()


def test_a_webhook_of_a_refusal_frees_guest_and_outlet_too(station, guest):
    _, hold = pay_at_bank(guest, station)

    simulated.confirm(hold.processor_ref, accepted=False)
    deliver(hold.processor_ref, kind="payment.declined")

    assert (Session.objects.get().state, Hold.objects.get().state) == ("failed", "failed")
    assert has_pay_button(guest.get("/c/SUN001/1").content.decode())


def test_a_payment_that_only_the_webhook_tells_starts_the_charger_once(station, guest):
    _, hold = pay_at_bank(guest, station)
    simulated.confirm(hold.processor_ref, accepted=True)

    deliver(hold.processor_ref, kind="payment.authorized")
    deliver(hold.processor_ref, kind="payment.authorized")
    tasks.start_paid_sessions()

    assert Command.objects.get().action == "RemoteStartTransaction"
    assert Session.objects.get().outlet_taken_at is not None


def test_a_payment_that_nobody_tells_is_found_by_the_sweep_and_starts(station, guest):
    _, hold = pay_at_bank(guest, station)
    simulated.confirm(hold.processor_ref, accepted=True)
    Hold.objects.update(checked_at=now() - timedelta(minutes=1))

    tasks.resolve_holds()

    assert Command.objects.get().action == "RemoteStartTransaction"


def test_a_worker_that_was_killed_after_the_hold_leaves_a_session_that_starts_all_the_same(station, guest, monkeypatch):
    from billing.sessions.starting import ordering

    monkeypatch.setattr(ordering, "start_if_paid", lambda session, *, now: None)
    pay(guest, station)
    assert not Command.objects.exists()
    monkeypatch.undo()

    assert tasks.start_paid_sessions() == 1
    assert tasks.start_paid_sessions() == 0
    assert Command.objects.count() == 1


def test_a_webhook_whose_payment_cannot_be_looked_up_is_not_handled(station, guest, monkeypatch):
    from billing.payments.processors.protocol import OutcomeUnknownError
    from billing.payments.processors.simulated import SimulatedProcessor

    _, hold = pay_at_bank(guest, station)
    simulated.confirm(hold.processor_ref, accepted=True)

    def silent(*_args, **_named):
        raise OutcomeUnknownError("The processor did not answer in time.")

    monkeypatch.setattr(SimulatedProcessor, "look_up", silent)
    deliver(hold.processor_ref, kind="payment.authorized")
    assert ProcessorEvent.objects.get().handled_at is None
    monkeypatch.undo()
    ProcessorEvent.objects.update(due_at=now())  # it is tried again after some seconds
    tasks.resolve_holds()

    assert ProcessorEvent.objects.get().handled_at is not None
    assert Command.objects.count() == 1


def test_a_form_that_holds_nothing_keeps_nobody_away(station, guest):
    pay(Client(), station, card=ASKS)

    assert has_pay_button(guest.get("/c/SUN001/1").content.decode())
    pay(guest, station)

    assert Session.objects.get(outlet_taken_at__isnull=False).holds.get().last4 == "4242"


def test_of_two_guests_the_first_who_has_paid_wins_and_the_other_keeps_his_money(station, guest):
    other = Client()
    pay(guest, station, card=ASKS)
    slow, hold = Session.objects.get(), Hold.objects.get()
    pay(other, station)

    simulated.confirm(hold.processor_ref, accepted=True)
    text = look(guest, slow)

    slow.refresh_from_db()
    assert (slow.state, slow.holds.get().state) == ("failed", "voided")
    assert "This connector was paid for a moment before." in text
    assert "The hold of $40.00 was released at once." in text
    assert Command.objects.count() == 1


def test_who_pays_while_somebody_else_begins_to_charge_there_keeps_his_money(world, station, guest):
    _, hold = pay_at_bank(guest, station)
    transaction(world.charger, at=now())

    simulated.confirm(hold.processor_ref, accepted=True)
    deliver(hold.processor_ref, kind="payment.authorized")

    assert (Session.objects.get().state, Hold.objects.get().state) == ("failed", "voided")
    assert "Somebody else began to charge" in Session.objects.get().state_reason
    assert not Command.objects.exists()


@pytest.mark.long
def test_payments_that_hold_nothing_are_limited_by_their_source(station):
    tester = Client(REMOTE_ADDR=f"test-{uuid.uuid4()}")

    answers = [pay(tester, station, card=DECLINED).status_code for _ in range(32)]

    assert answers[:30] == [302] * 30
    assert answers[30:] == [429, 429]


@pytest.mark.long
def test_payments_that_hold_their_amount_are_not_counted(station):
    hotel = f"test-{uuid.uuid4()}"
    for _ in range(32):
        pay(Client(REMOTE_ADDR=hotel), station)
        settle.fail(Session.objects.get(state="waiting").pk, why=stored.free("Done."), now=now())

    assert pay(Client(REMOTE_ADDR=hotel), station).status_code == 302
    assert SimulatedPayment.objects.count() == 33


def test_an_occupied_port_names_the_free_port_of_the_station_and_other_chargers_that_work(world, station, guest):
    evse = Evse.objects.create(charger=world.charger, number=2)
    Connector.objects.create(evse=evse, number=1, status="Available")
    transaction(world.charger)
    plug_in(world.charger, word="Charging")
    working = make_charger(world.site, "CP2", station_id="SUN002")
    broken = make_charger(world.site, "CP3", station_id="SUN003")
    make_charger(world.site, "CP4", station_id="SUN004")
    Charger.objects.filter(pk__in=[working.pk, broken.pk]).update(connection_id=uuid.uuid4(), ocpp_version="1.6")
    Connector.objects.filter(evse__charger=working).update(status="Available")
    Connector.objects.filter(evse__charger=broken).update(status="Faulted")

    text = guest.get("/c/SUN001/1").content.decode()

    assert 'href="/c/SUN001/2"' in text
    assert "Other chargers here that work" in text
    assert 'href="/c/SUN002/1"' in text
    assert "SUN003" not in text
    assert "SUN004" not in text


def test_a_station_whose_ports_are_all_in_use_is_not_called_out_of_order(world, station, guest):
    evse = Evse.objects.create(charger=world.charger, number=2)
    Connector.objects.create(evse=evse, number=1, status="Charging")
    transaction(world.charger, evse=2)
    transaction(world.charger)
    plug_in(world.charger, word="Charging")

    text = guest.get("/c/SUN001").content.decode()

    assert "All plugs are in use" in text
    assert "out of order" not in text


def test_a_station_that_is_closed_to_guests_offers_none_of_its_ports(world, station, guest):
    evse = Evse.objects.create(charger=world.charger, number=2)
    Connector.objects.create(evse=evse, number=1, status="Available")
    world.charger.licence.state = "inactive"
    world.charger.licence.save()

    assert 'href="/c/SUN001/2"' not in guest.get("/c/SUN001/1").content.decode()


def test_an_offline_station_names_other_chargers_of_the_property_only(world, station, guest):
    elsewhere = Property.objects.create(
        host=world.host, slug="sunset-2", name="Sunset 2", time_zone="America/New_York", access="guest"
    )
    near = make_charger(world.site, "CP2", station_id="SUN002")
    far = make_charger(elsewhere, "CP3", station_id="SUN003")
    Charger.objects.filter(pk__in=[near.pk, far.pk]).update(connection_id=uuid.uuid4(), ocpp_version="1.6")
    Connector.objects.filter(evse__charger__in=[near, far]).update(status="Available")
    Charger.objects.filter(pk=world.charger.pk).update(connection_id=None)

    text = guest.get("/c/SUN001").content.decode()

    assert 'href="/c/SUN002/1"' in text
    assert "SUN003" not in text


def test_it_names_no_station_where_another_guest_has_paid(world, station, guest):
    near = make_charger(world.site, "CP2", station_id="SUN002")
    Charger.objects.filter(pk=near.pk).update(connection_id=uuid.uuid4(), ocpp_version="1.6")
    Connector.objects.filter(evse__charger=near).update(status="Available")
    Client().post("/c/SUN002/1", {"card": GOOD, "version": station.pk, "email": ""})
    Charger.objects.filter(pk=world.charger.pk).update(connection_id=None)

    assert "SUN002" not in guest.get("/c/SUN001").content.decode()


@pytest.mark.parametrize(
    ("label", "typed"),
    [("SUN001", "SUNOO1"), ("SUN001", "sunool"), ("SUN001", "SUN00I"), ("LOL10", "L0L1O"), ("LOL10", "1O1lo")],
)
def test_it_asks_did_you_mean_for_letters_that_look_like_digits(world, station, guest, label, typed):
    Charger.objects.filter(pk=world.charger.pk).update(station_id=label)

    response = guest.get("/charge", {"station_id": typed})

    assert response.status_code == 404
    assert "Did you mean" in response.content.decode()
    assert f'href="/c/{label}"' in response.content.decode()


def test_it_does_not_guess_between_two_stations_that_look_alike(world, station, guest):
    make_charger(world.site, "CP2", station_id="SUNO01")

    assert "Did you mean" not in guest.get("/charge", {"station_id": "SUN0O1"}).content.decode()


def test_a_lost_link_comes_back_by_the_address_that_was_left(station, guest, mailoutbox):
    pay(guest, station)
    session = Session.objects.get()
    somewhere_else = Client(REMOTE_ADDR=f"test-{uuid.uuid4()}")
    assert 'href="/charge/lost"' in somewhere_else.get("/c/SUN001").content.decode()

    answer = somewhere_else.post("/charge/lost", {"email": "Guest@example.com"}).content.decode()
    tasks.send_mails()

    assert session.secret not in answer
    assert [mail.to for mail in mailoutbox] == [["guest@example.com"]]
    assert f"/s/{session.secret}/" in mailoutbox[0].body


def test_a_charger_that_support_keeps_pending_offers_no_start(world, station, guest):
    Charger.objects.filter(pk=world.charger.pk).update(registration="pending")

    text = guest.get("/c/SUN001/1").content.decode()

    assert not has_pay_button(text)
    assert "This charger is not in service yet" in text
