"""A visitor at a private charger: asks, is let in by the host, starts without a card; or is declined."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from authorization.models import AccessRequest, AccessRule, AuditEntry, Token
from authorization.visits import access_requests
from authorization.visits.access_requests import Visitor
from chargers.models import Charger, Command, Connector, Transaction
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def private(world: World) -> World:
    """A private charger that is online and free."""
    cache.clear()
    Charger.objects.update(connection_id=uuid.uuid4(), connected_at=_now(), ocpp_version="1.6")
    Connector.objects.update(status="Available", status_at=_now())
    return world


@pytest.fixture
def asked(private: World) -> AccessRequest:
    return access_requests.request(private.charger, Visitor(name="Kim", message="Apartment 2B"), now=_now())


def _now() -> datetime:
    return datetime.now(tz=UTC)


def text_of(response) -> str:
    return response.content.decode()


def answer(client: Client, asked: AccessRequest, do: str, **said):
    return client.post(f"/authorization/requests/{asked.pk}/", {"do": do, **said}, follow=True)


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
    assert timedelta(days=2, hours=23) < rule.active_to - _now() <= timedelta(days=3)
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
    Connector.objects.update(status="Preparing", status_at=_now())
    assert "Start charging" in text_of(Client().get(f"/ask/{asked.secret}/"))
    Transaction.objects.create(
        charger=private.charger,
        transaction_id="7",
        id_token="04A1B2C3D4",
        started_at=_now(),
        start_received_at=_now(),
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

    Transaction.objects.update(stopped_at=_now())
    Client().post(f"/ask/{asked.secret}/start", {"port": "1"})
    assert Command.objects.count() == 1


def test_a_visitor_with_a_card_charges_with_it(private, client_of):
    asked = access_requests.request(private.charger, Visitor(name="Kim", uid="de:ad:be:ef"), now=_now())

    answer(client_of(private.owner), asked, "grant", days="1")

    token = Token.objects.get(canonical_uid="DEADBEEF")
    assert (token.host, token.owner) == (private.host, "Kim")
    assert AccessRule.objects.filter(token=token, charger=private.charger).exists()


def test_naming_a_resident_s_card_charges_nothing_to_the_resident(private, client_of):
    resident = private.member
    asked = access_requests.request(private.charger, Visitor(name="Mallory", uid=resident.uid), now=_now())
    answer(client_of(private.owner), asked, "grant", days="1")

    Client().post(f"/ask/{asked.secret}/start", {"port": "1"})

    command = Command.objects.get()
    assert command.payload["idTag"] != resident.uid
    assert command.payload["idTag"].startswith("VISIT")


def test_a_link_of_an_older_answer_does_not_start_with_the_named_card(private):
    asked = access_requests.request(private.charger, Visitor(name="Mallory", uid=private.member.uid), now=_now())
    rule = AccessRule.objects.create(token=private.member, charger=private.charger, active_from=_now())
    AccessRequest.objects.update(state="granted", answered_at=_now(), rule=rule)

    page = text_of(Client().get(f"/ask/{asked.secret}/"))
    refused = text_of(Client().post(f"/ask/{asked.secret}/start", {"port": "1"}))

    assert "Start charging" not in page
    assert "Hold your card to the charger" in refused
    assert not Command.objects.exists()


def test_withdrawing_ends_the_named_card_s_access_too(private, client_of):
    asked = access_requests.request(private.charger, Visitor(name="Kim", uid="de:ad:be:ef"), now=_now())
    for do in ("grant", "withdraw"):
        answer(client_of(private.owner), asked, do, days="1")

    assert not AccessRule.objects.filter(active_to__gt=_now()).exists()


def test_it_keeps_no_number_of_a_payment_card(private):
    said = {"name": "Kim", "message": "Take my card 4242 4242 4242 4242, please", "uid": ""}
    Client().post("/c/SUN001/ask", said)
    refused = Client().post("/c/SUN001/ask", {"name": "Lee", "uid": "4242424242424242"})

    assert AccessRequest.objects.get().message == "Take my card •••• 4242, please"
    assert "number of a payment card" in text_of(refused)


def test_nobody_starts_before_the_answer_nor_after_the_end(private, asked, client_of):
    early = Client().post(f"/ask/{asked.secret}/start", {"port": "1"})
    answer(client_of(private.owner), asked, "grant", days="1")
    answer(client_of(private.owner), asked, "withdraw")
    late = Client().post(f"/ask/{asked.secret}/start", {"port": "1"})

    assert "The host has not let you in here yet." in text_of(early)
    assert "Your access has ended" in text_of(late)
    assert not Command.objects.exists()


def test_the_host_declines_and_they_are_told_so(private, asked, client_of):
    answer(client_of(private.owner), asked, "decline", answer="Only residents, sorry.")

    page = text_of(Client().get(f"/ask/{asked.secret}/"))
    assert "The owner said no" in page
    assert "Only residents, sorry." in page


def test_a_request_is_answered_once(private, asked, client_of):
    owner = client_of(private.owner)
    answer(owner, asked, "decline")

    second = answer(owner, asked, "grant", days="365")

    assert "was answered already: declined" in text_of(second)
    assert not AccessRule.objects.exists()


def test_it_stands_on_the_dashboard_until_it_is_answered(private, asked, client_of):
    owner = client_of(private.owner)
    before = text_of(owner.get("/"))
    answer(owner, asked, "decline")

    assert "1 asks for access" in before
    assert "for access</a>" not in text_of(owner.get("/"))


def test_only_who_manages_the_host_answers(private, asked, client_of):
    address = f"/authorization/requests/{asked.pk}/"
    statuses = {
        name: client_of(getattr(private, name)).post(address, {"do": "decline"}).status_code
        for name in ("teammate", "stranger", "agent")
    }
    listed = {
        name: "Kim" in text_of(client_of(getattr(private, name)).get("/authorization/requests/"))
        for name in ("owner", "teammate", "stranger", "agent")
    }

    assert statuses == {"teammate": 404, "stranger": 404, "agent": 302}
    assert listed == {"owner": True, "teammate": True, "stranger": False, "agent": True}
    assert client_of(private.owner).post("/authorization/requests/999999/", {"do": "decline"}).status_code == 404
