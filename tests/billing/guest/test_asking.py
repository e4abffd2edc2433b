"""A visitor at a private charger: asks, is let in by the host, starts without a card; or is declined."""

from datetime import timedelta

import pytest
from django.test import Client

from authorization.models import AccessRequest, AccessRule, AuditEntry
from authorization.visits import access_requests
from authorization.visits.access_requests import Visitor
from chargers.models import Command, Connector, Transaction
from tests.kit.asking import answer, asked, now, private, text_of

__all__ = ["asked", "private"]
pytestmark = pytest.mark.django_db


def test_it_leads_from_the_prompt_of_a_private_charger_to_the_form(private):
    assert 'href="/c/SUN001/ask"' in text_of(Client().get("/c/SUN001"))
    assert "Ask the owner" in text_of(Client().get("/c/SUN001/ask"))


def test_it_keeps_what_a_visitor_asks_and_shows_that_nobody_has_answered(private):
    guest = Client()

    made = guest.post("/c/SUN001/ask", {"name": "Kim", "uid": "04:a1:b2:c3", "message": "Apartment 2B"}, follow=True)

    asked = AccessRequest.objects.get()
    assert (asked.name, asked.uid, asked.message, asked.state) == ("Kim", "04A1B2C3", "Apartment 2B", "open")
    assert made.redirect_chain[-1][0] == f"/ask/{asked.secret}/"
    assert "has not answered yet" in text_of(made)


def test_a_second_try_of_the_same_browser_leads_to_the_same_request(private):
    guest = Client()
    guest.post("/c/SUN001/ask", {"name": "Kim"})

    again = guest.get("/c/SUN001/ask")

    assert again.headers["Location"] == f"/ask/{AccessRequest.objects.get().secret}/"


@pytest.mark.parametrize(("said", "told"), [({}, "required"), ({"name": "Kim", "uid": "a\x00b"}, "haracter")])
def test_it_says_what_is_wrong_and_keeps_nothing(private, said, told):
    response = Client().post("/c/SUN001/ask", said)

    assert told in text_of(response)
    assert not AccessRequest.objects.exists()


def test_one_address_cannot_ask_without_end(private):
    answers = [Client().post("/c/SUN001/ask", {"name": "Kim"}).status_code for _ in range(8)]

    assert answers[0] == 302
    assert answers[-1] == 429
    assert AccessRequest.objects.count() == 6


def test_it_asks_nobody_where_guests_may_pay(private):
    private.site.access = "guest"
    private.site.save()

    assert Client().get("/c/SUN001/ask").headers["Location"] == "/c/SUN001"


def test_the_host_lets_them_in_and_they_start_without_a_card(private, asked, client_of):
    told = answer(client_of(private.owner), asked, "grant", days="3", answer="Welcome")
    guest = Client()
    page = text_of(guest.get(f"/ask/{asked.secret}/"))
    started = guest.post(f"/ask/{asked.secret}/start", {"port": "1"}, follow=True)

    assert "Kim may charge at SUN001 for 3 days." in text_of(told)
    assert "You may charge here until" in page
    assert "Welcome" in page
    assert "Start charging" in page
    command, rule = Command.objects.get(), AccessRule.objects.get()
    assert (command.action, command.payload["idTag"]) == ("RemoteStartTransaction", rule.token.uid)
    assert len(rule.token.uid) <= 20
    assert rule.active_to is not None
    assert timedelta(days=2, hours=23) < rule.active_to - now() <= timedelta(days=3)
    assert "The charger is starting: plug in now." in text_of(started)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.verb) == ("user:owner@example.com", "access_request.granted")


def test_a_double_tap_on_start_orders_one_start(private, asked, client_of):
    answer(client_of(private.owner), asked, "grant", days="1")
    for _ in range(2):
        Client().post(f"/ask/{asked.secret}/start", {"port": "1"})

    assert Command.objects.count() == 1


def test_a_visitor_whose_car_is_plugged_in_starts_and_one_at_anothers_car_does_not(private, asked, client_of):
    answer(client_of(private.owner), asked, "grant", days="1")
    Connector.objects.update(status="Preparing", status_at=now())
    assert "Start charging" in text_of(Client().get(f"/ask/{asked.secret}/"))
    Transaction.objects.create(
        charger=private.charger,
        transaction_id="7",
        id_token="04A1B2C3D4",
        started_at=now(),
        start_received_at=now(),
        authorization_status="Accepted",
        ocpp_version="1.6",
        evse_number=1,
        connector_number=1,
        meter_start_wh=0,
    )

    assert "Start charging" not in text_of(Client().get(f"/ask/{asked.secret}/"))
    refused = text_of(Client().post(f"/ask/{asked.secret}/start", {"port": "1"}))
    assert "Another guest is using this connector, or about to." in refused
    assert not Command.objects.exists()

    Transaction.objects.update(stopped_at=now())
    Client().post(f"/ask/{asked.secret}/start", {"port": "1"})
    assert Command.objects.count() == 1


def test_naming_a_resident_s_card_charges_nothing_to_the_resident(private, client_of):
    resident = private.member
    asked = access_requests.request(private.charger, Visitor(name="Mallory", uid=resident.uid), now=now())
    answer(client_of(private.owner), asked, "grant", days="1")

    Client().post(f"/ask/{asked.secret}/start", {"port": "1"})

    command = Command.objects.get()
    assert command.payload["idTag"] != resident.uid
    assert command.payload["idTag"].startswith("VISIT")


def test_a_link_of_an_older_answer_does_not_start_with_the_named_card(private):
    asked = access_requests.request(private.charger, Visitor(name="Mallory", uid=private.member.uid), now=now())
    rule = AccessRule.objects.create(token=private.member, charger=private.charger, active_from=now())
    AccessRequest.objects.update(state="granted", answered_at=now(), rule=rule)

    page = text_of(Client().get(f"/ask/{asked.secret}/"))
    refused = text_of(Client().post(f"/ask/{asked.secret}/start", {"port": "1"}))

    assert "Start charging" not in page
    assert "Hold your card to the charger" in refused
    assert not Command.objects.exists()


def test_it_keeps_no_number_of_a_payment_card(private):
    said = {"name": "Kim", "message": "Take my card 4242 4242 4242 4242, please", "uid": ""}
    Client().post("/c/SUN001/ask", said)
    refused = Client().post("/c/SUN001/ask", {"name": "Lee", "uid": "4242424242424242"})

    assert AccessRequest.objects.get().message == "Take my card •••• 4242, please"
    assert "number of a payment card" in text_of(refused)
