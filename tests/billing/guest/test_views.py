"""A guest at a charger: the five prompts, the price before the payment, and what the link opens."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from billing.models import Hold, HoldPolicy, RateVersion, Session
from billing.sessions.starting import ordering
from chargers.models import Charger, Command, Connector, Property
from tests.kit.guest import DECLINED, LOST, RATE, guest, look, pay, station
from tests.kit.guest_pages import shows
from tests.kit.stripe_server import KEY, SECRET, StripeServer
from tests.kit.world import make_charger

__all__ = ["guest", "station"]


def test_it_tells_the_price_before_anything_is_paid(station, guest):
    text = guest.get("/c/SUN001").content.decode()

    assert "$0.35 per kWh" in text
    assert "$0.50 to connect." in text
    assert "10 minutes free, then $0.40 per minute, at most $20.00." in text
    assert "Tax of 8.25 % is included." in text
    assert "$40.00 is reserved; you pay only what you use." in text


def test_it_says_when_the_chargers_can_be_reached(station, guest):
    assert "can be reached" not in guest.get("/c/SUN001").text
    Property.objects.update(opening_hours={day: ["08:00", "22:00"] for day in ("mon", "tue", "wed", "thu", "fri")})

    assert "The chargers can be reached: Mon–Fri 08:00–22:00, Sat–Sun closed." in guest.get("/c/SUN001").text


def test_its_landing_page_is_light_and_needs_no_script(station, guest):
    response = guest.get("/c/SUN001")

    assert len(response.content) < 10_000
    assert b"<script" not in response.content


def test_it_names_where_support_reads_mail(station, guest, settings):
    settings.SUPPORT_EMAIL = "help@example.com"

    assert 'href="mailto:help@example.com"' in guest.get("/charge", {"station_id": "NOPE9"}).content.decode()


def test_paying_holds_the_amount_and_tells_the_charger_to_start(station, guest):
    response = pay(guest, station)

    session, hold, command = Session.objects.get(), Hold.objects.get(), Command.objects.get()
    assert response.headers["Location"] == f"/s/{session.secret}/"
    assert (hold.state, hold.amount_minor, hold.last4) == ("authorised", 4000, "4242")
    assert (command.action, command.payload["idTag"]) == ("RemoteStartTransaction", session.id_token)
    assert "Plug in now" in guest.get(f"/s/{session.secret}/").content.decode()


def test_a_double_tap_or_the_back_button_leads_to_the_same_session(station, guest):
    first = pay(guest, station)

    second = pay(guest, station)

    assert second.headers["Location"] == first.headers["Location"]
    assert guest.get("/c/SUN001").headers["Location"] == first.headers["Location"]
    assert (Session.objects.count(), Hold.objects.count(), Command.objects.count()) == (1, 1, 1)


def test_a_second_guest_at_the_same_port_is_told_so_and_nothing_is_held(station, guest):
    pay(guest, station)

    response = pay(Client(), station)

    assert "Another guest is using this connector" in response.content.decode()
    assert Hold.objects.count() == 1


def test_a_declined_card_costs_nothing_and_says_why(station, guest):
    pay(guest, station, card=DECLINED)

    session = Session.objects.get()
    text = guest.get(f"/s/{session.secret}/").content.decode()
    assert session.state == "failed"
    assert "declined" in text
    assert "You pay nothing." in text
    assert not Command.objects.exists()


def test_a_lost_answer_is_checked_and_never_called_a_failure(station, guest):
    pay(guest, station, card=LOST)

    session = Session.objects.get()
    assert Hold.objects.get().state == "unknown"
    assert session.state == "waiting"
    assert "We are checking your payment" in guest.get(f"/s/{session.secret}/").content.decode()


def test_a_price_that_changed_while_the_page_was_open_is_shown_again(station, guest):
    newer = RateVersion.objects.create(
        rate=station.rate, number=2, definition=RATE | {"connection_fee": "9.00"}, created_at=datetime.now(tz=UTC)
    )

    response = pay(guest, station)

    assert "The price has changed" in response.content.decode()
    assert "$9.00 to connect." in response.content.decode()
    assert not Session.objects.exists()
    assert pay(guest, newer).status_code == 302


def test_a_charger_that_goes_offline_while_the_guest_pays_releases_the_hold_at_once(station, guest, monkeypatch):

    plain = ordering._order

    def unplugged_network(charger, **order):
        Charger.objects.update(connection_id=None)
        return plain(charger, **order)

    monkeypatch.setattr(ordering, "_order", unplugged_network)

    pay(guest, station)

    session = Session.objects.get()
    assert (session.state, Hold.objects.get().state) == ("failed", "voided")
    assert "offline" in session.state_reason


def test_nobody_opens_or_stops_a_session_without_its_link(station, guest):
    pay(guest, station)

    assert Client().get("/s/not-the-secret/").status_code == 404
    assert Client().post("/s/not-the-secret/stop").status_code == 404
    assert Client().get(f"/s/{Session.objects.get().pk}/").status_code == 404


def test_unknown_station_ids_are_limited_by_their_source(station):
    guest = Client(REMOTE_ADDR=f"test-{uuid.uuid4()}")

    answers = [guest.get("/charge", {"station_id": f"GUESS{n}"}).status_code for n in range(35)]

    assert answers[0] == 404
    assert answers[-1] == 429


def test_a_retired_charger_is_as_unknown_as_none(world, station, guest):
    Charger.objects.update(retired_at=datetime.now(tz=UTC) - timedelta(days=1))

    assert shows(guest.get("/c/SUN001"), "station_id_invalid")


def test_a_station_with_two_ports_asks_which_one(world, station, guest):
    make_charger(world.site, "CP2", station_id="SUN002")
    from chargers.models import Evse

    evse = Evse.objects.create(charger=world.charger, number=2)
    Connector.objects.create(evse=evse, number=2, status="Available")

    text = guest.get("/c/SUN001").content.decode()

    assert "Which plug is your car at?" in text
    assert 'href="/c/SUN001/1"' in text
    assert 'href="/c/SUN001/2"' in text


@pytest.fixture
def stripe_server(settings):
    with StripeServer() as server:
        settings.CARD_PROCESSOR = "stripe"
        settings.STRIPE_API_KEY, settings.STRIPE_WEBHOOK_SECRET = KEY, SECRET
        settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT_S = server.url, 1
        yield server


def test_with_stripe_the_card_is_entered_on_its_page_and_charging_starts_after_that(station, guest, stripe_server):
    text = guest.get("/c/SUN001/1").content.decode()
    assert "its number never reaches us" in text
    assert 'name="card"' not in text

    answer = guest.post("/c/SUN001/1", {"version": station.pk, "email": ""})

    session = Session.objects.get()
    assert answer.url == f"/s/{session.secret}/", "a form may lead to our own pages only"
    hold = Hold.objects.get()
    page = guest.get(answer.url).content.decode()
    assert "One more step: your card" in page
    assert f'href="{hold.next_action_url}"' in page
    assert not Command.objects.exists()
    assert stripe_server.state.find(hold.processor_ref, "checkout.session")["success_url"].endswith(
        f"{answer.url}?returned=1"
    )

    stripe_server.state.pay_on_page(hold.processor_ref)
    assert "One more step: your card" in guest.get(answer.url).content.decode(), "the page waits for no processor"

    assert "Plug in now" in look(guest, session)
    assert Command.objects.get().action == "RemoteStartTransaction"


def test_it_tells_before_the_payment_why_so_much_is_held_and_what_happens_near_it(station, guest, world):
    text = guest.get("/c/SUN001/1").content.decode()
    assert "60 kWh without idle fees would come to $21.50; less than this is not reserved here." in text
    assert "When nearly all of it is used up, charging ends by itself." in text

    HoldPolicy.objects.create(host=world.host, least_minor=1000, at_limit="extend")

    text = guest.get("/c/SUN001/1").content.decode()
    assert "Enough for 60 kWh at the highest price, with all fees: $21.50." in text
    assert "the same amount is held once more on the same card" in text
    pay(guest, station)
    hold = Hold.objects.get()
    assert (hold.amount_minor, bool(hold.card_ref)) == (2200, True)
    assert hold.reason == "Enough for 60 kWh at the highest price, with all fees: 21.50 USD."
