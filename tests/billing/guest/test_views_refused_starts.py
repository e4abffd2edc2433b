"""A payment or a start that is refused says what became of the money, and recommends only what is free now."""

import uuid
from datetime import UTC, datetime

import pytest
from django.test import Client

from billing.models import Hold, Session
from billing.payments.processors import declines
from billing.payments.processors.protocol import Decline
from billing.payments.processors.stripe import answers
from billing.sentences.sessions import SessionCode
from chargers.models import Charger, Command, Connector, Evse
from chargers.sentences import stored
from tests.kit.guest import DECLINED, GOOD, guest, look, pay, station
from tests.kit.world import make_charger

__all__ = ["guest", "station"]

ASKS = "4000002760003184"
WRONG = "4000000000000001"


def second_port(charger, *, status="Available"):
    evse = Evse.objects.create(charger=charger, number=2)
    Connector.objects.create(evse=evse, number=1, status=status)


def neighbour(world):
    near = make_charger(world.site, "CP2", station_id="SUN002")
    Charger.objects.filter(pk=near.pk).update(connection_id=uuid.uuid4(), ocpp_version="1.6")
    Connector.objects.filter(evse__charger=near).update(status="Available")


def paid(guest, version, *, card=GOOD):
    pay(guest, version, card=card)
    return guest.get(f"/s/{Session.objects.get().secret}/").content.decode()


def test_paying_at_a_charger_that_went_offline_says_that_nothing_was_held(world, station, guest):
    second_port(world.charger)
    guest.get("/c/SUN001/1")
    Charger.objects.update(connection_id=None)

    text = pay(guest, station).content.decode()

    assert "Nothing was held on your card." in text
    assert not Hold.objects.exists()
    assert "another plug" not in text
    assert "No other plug or charger here is free now" in text


def test_an_offline_charger_recommends_a_charger_that_is_free(world, station, guest):
    neighbour(world)
    Charger.objects.filter(pk=world.charger.pk).update(connection_id=None)

    text = guest.get("/c/SUN001").content.decode()

    assert "Use one that is free now: it is named below." in text
    assert 'href="/c/SUN002/1"' in text


def test_a_charger_that_goes_offline_while_the_card_is_asked_says_that_the_hold_was_released(world, station, guest):
    neighbour(world)
    pay(guest, station, card=ASKS)
    hold = Hold.objects.get()
    Charger.objects.filter(pk=world.charger.pk).update(connection_id=None)

    guest.post(f"/processor/simulated/{hold.processor_ref}/", {"answer": "confirm"})
    text = look(guest, Session.objects.get())

    assert "Charging did not start" in text
    assert "The hold of $40.00 was released at once." in text
    assert "Try again" not in text
    assert 'href="/c/SUN002/1"' in text


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("authorised", "The hold of $40.00 is being released."),
        ("unknown", "We are asking the card processor whether anything was held: if so, it is released."),
        ("expired", "The hold of $40.00 has ended: nothing is held any more."),
    ],
)
def test_a_start_that_failed_says_how_the_hold_stands(station, guest, state, sentence):
    pay(guest, station)
    Session.objects.update(
        state="failed", state_sentences=stored.build_sentence(SessionCode.START_REFUSED), expires_at=None
    )
    Hold.objects.update(state=state, doubtful_operation="cancel" if state == "unknown" else "")

    text = guest.get(f"/s/{Session.objects.get().secret}/").content.decode()

    assert "This charger refused the start." in text
    assert sentence in text


def test_a_payment_cancelled_before_anything_was_held_does_not_speak_of_a_released_hold(station, guest):
    pay(guest, station, card=ASKS)
    session = Session.objects.get()

    guest.post(f"/s/{session.secret}/cancel")
    text = guest.get(f"/s/{session.secret}/").content.decode()

    assert "Nothing was held on your card." in text
    assert "was released" not in text


@pytest.mark.parametrize(("card", "title"), [(DECLINED, "Your bank refused"), (WRONG, "Your card was not accepted")])
def test_a_refused_card_says_who_refused_and_that_nothing_was_held(station, guest, card, title):
    pay(guest, station)
    Hold.objects.update(state="failed", processor_ref="sim_1")
    why = declines.sentences({DECLINED: Decline.REFUSED, WRONG: Decline.WRONG_NUMBER}[card])
    Hold.objects.update(failure_sentences=why, finished_at=datetime.now(tz=UTC))
    Session.objects.update(state="failed", state_sentences=why, expires_at=None)

    text = guest.get(f"/s/{Session.objects.get().secret}/").content.decode()

    assert title in text
    assert "Nothing was held on your card." in text
    assert "Try another card" in text


def test_cancelling_at_the_banks_page_is_not_called_a_refusal_of_the_bank(station, guest):
    pay(guest, station, card=ASKS)
    session, hold = Session.objects.get(), Hold.objects.get()

    guest.post(f"/processor/simulated/{hold.processor_ref}/", {"answer": "refuse"})
    text = look(guest, session)

    assert "You cancelled the payment" in text
    assert "bank refused" not in text
    assert "Nothing was held on your card." in text
    assert "Try again" in text


def test_stripes_failed_authentication_is_worded_for_both_cases():
    error = {"type": "invalid_request_error", "code": "payment_intent_authentication_failure"}
    intent = {
        "id": "pi_1",
        "status": "requires_payment_method",
        "amount": 4000,
        "currency": "usd",
        "last_payment_error": error,
    }

    payment = answers.payment(intent)

    assert payment.decline is Decline.NOT_CONFIRMED
    assert payment.sentence == "You cancelled at your bank's page, or your bank could not confirm that it was you."


def test_an_outlet_that_was_taken_meanwhile_says_that_nothing_was_held(station, guest):
    pay(Client(), station)

    text = pay(guest, station).content.decode()

    assert "This plug is in use" in text
    assert "Nothing was held on your card." in text
    assert "Wait until one is free: no other plug or charger here is free now." in text


def test_a_changed_price_says_that_nothing_was_held(station, guest):
    text = guest.post("/c/SUN001/1", {"card": GOOD, "version": station.pk + 1, "email": ""}).content.decode()

    assert "The price has changed" in text
    assert "Nothing was held on your card." in text
    assert not Command.objects.exists()


def test_a_station_with_a_faulted_port_does_not_say_that_all_are_in_use(world, station, guest):
    second_port(world.charger, status="Faulted")
    Connector.objects.filter(evse__number=1).update(status="Charging")

    text = guest.get("/c/SUN001").content.decode()

    assert "All plugs are in use" not in text
    assert "No plug is free now" in text
    assert "Charging" in text
    assert "Faulted" in text


def test_a_station_whose_ports_are_all_in_use_says_how_each_is(world, station, guest):
    second_port(world.charger, status="Finishing")
    Connector.objects.filter(evse__number=1).update(status="Charging")

    text = guest.get("/c/SUN001").content.decode()

    assert "All plugs are in use" in text
    assert "Finishing" in text
