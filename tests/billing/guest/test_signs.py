"""The one question about lights and beeps: asked on each page where it decides, answered once, part of the evidence."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from authorization.models import AuditEntry
from billing.models import Session
from chargers.models import Charger, ChargerModel, Property
from support.models import SignAnswer
from support.tickets.lifecycle import Facts
from tests.kit import charging
from tests.kit.admin import client, enrolled
from tests.kit.callers import Callers
from tests.kit.guest import station
from tests.kit.tickets import opened
from tests.kit.world import World

__all__ = ["client", "enrolled", "station"]
NOW = datetime.now(tz=UTC)
LOST = NOW - timedelta(minutes=30)
ASKS = "Is any light or display on at the charger?"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_was_counted_yet(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def offline(world: World, station) -> Charger:
    Charger.objects.update(connection_id=None, disconnected_at=LOST)
    return Charger.objects.select_related("property__host").get()


@pytest.fixture
def stalled(world: World) -> Session:
    """A guest's transaction without a Wh, at a charger whose model documents a sign."""
    ChargerModel.objects.create(
        name="Trial",
        vendor_pattern="trial*",
        signs=[{"sign": "light", "colour": "red", "pattern": "blinking", "means": "cable"}],
    )
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    at = NOW - timedelta(minutes=20)
    connection = "00000000-0000-7000-8000-000000000001"
    Charger.objects.update(vendor="Trial", model="One", connection_id=connection, connected_at=at)
    session = charging.paid_for(Charger.objects.get(), at=at - timedelta(minutes=1))
    row = charging.start(session.charger, uid=session.id_token, at=at)
    return Session.objects.get(transaction=row)


def text_of(answer: Any) -> str:
    return answer.content.decode().replace("&#x27;", "'")


def test_a_guest_at_a_dark_charger_is_asked_once_until_it_reconnects(offline):
    guest = Client()
    assert ASKS in text_of(guest.get("/c/SUN001"))

    page = text_of(guest.post("/c/SUN001/sign", {"question": "any_light", "seen": "no"}, follow=True))
    Client().post("/c/SUN001/sign", {"question": "any_light", "seen": "yes"})

    assert ASKS not in page
    assert "The charger lost its power" in page
    assert "look at the breaker" in page
    assert "No light was on at the charger at" in page
    assert [(one.answer, one.place) for one in SignAnswer.objects.all()] == [("no", "charger")]
    Charger.objects.update(disconnected_at=NOW)
    assert ASKS in text_of(guest.get("/c/SUN001"))


@pytest.mark.parametrize("posted", [{}, {"question": "any_light", "seen": "x"}, {"question": "y", "seen": "no"}])
def test_what_was_not_asked_is_not_kept(offline, posted: dict[str, str]):
    assert Client().post("/c/SUN001/sign", posted).status_code == 302
    assert not SignAnswer.objects.exists()


def test_a_guest_whose_car_takes_nothing_looks_for_the_sign_of_the_model(stalled):
    guest = Client(headers={"accept-language": "nl"})
    address = f"/s/{stalled.secret}/"
    assert "Ziet u dit lampje op het laadpunt: rood, knipperend?" in text_of(guest.get(address))

    guest.post(f"{address}sign", {"question": "light:red:blinking", "seen": "no"})

    page = text_of(guest.get(address))
    assert "Ziet u dit lampje" not in page
    assert "uw auto vraagt geen stroom" in page
    assert "Lampje niet gezien op het laadpunt om" in page


def test_the_assistant_asks_it_first_and_a_ticket_shows_the_answer(offline, client):
    guest = Client()
    answer = guest.post("/help/c/SUN001/", {"text": "The charger is offline"}, follow=True)
    assert ASKS in text_of(answer)
    address = answer.redirect_chain[-1][0]

    page = text_of(guest.post(address, {"press": "no"}, follow=True))

    assert "Ask the host to look at the breaker" in page
    assert page.count(ASKS) == 1
    assert SignAnswer.objects.get().conversation is not None
    ticket = opened(topic=1, now=NOW, facts=Facts(host=offline.property.host, charger=offline))
    on_ticket = text_of(client.get(f"/admin/support/ticket/{ticket.pk}/change/"))
    assert "The charger lost its power (likely)" in on_ticket
    assert "Answered by a guest." in on_ticket


def test_who_writes_that_all_is_dark_is_not_asked(offline):
    page = text_of(Client().post("/help/c/SUN001/", {"text": "The charger is dead, no lights"}, follow=True))

    assert ASKS not in page
    assert "No light was on at the charger at" in page
    assert SignAnswer.objects.get().answer == "no"


def test_who_sees_no_light_at_a_charger_that_is_connected_hears_that_this_conflicts(station):
    page = text_of(Client().post("/help/c/SUN001/", {"text": "It is dead, no lights"}, follow=True))

    assert "You write that no light is on, but station SUN001 is connected to us." in page
    assert "can be used now" not in page
    assert "is its display or a light on?" not in page
    assert "Use another plug of the charger" in page
    assert not SignAnswer.objects.exists()


def test_an_agent_notes_what_was_heard_on_the_telephone(offline, client, world):
    ticket = opened(topic=1, now=NOW, facts=Facts(host=world.host, charger=offline))
    address = f"/admin/support/ticket/{ticket.pk}/change/"
    assert f"Ask: <strong>{ASKS}" in text_of(client.get(address))

    client.post(address, {"do": "sign", "question": "any_light", "seen": "yes"})

    row = SignAnswer.objects.get()
    assert (row.answer, row.ticket, row.by) == ("yes", ticket, f"user:{world.agent.email}")
    assert AuditEntry.objects.filter(verb="charger.sign_answered").exists()
    listed = text_of(client.get("/admin/support/signanswer/"))
    assert "any_light" in listed
    assert world.agent.email in listed
    assert "A light was on at the charger at" in text_of(client.get(address))
    Charger.objects.update(connection_id="00000000-0000-7000-8000-000000000001")
    late = client.post(address, {"do": "sign", "question": "any_light", "seen": "no"})
    assert late.status_code == 409
    assert "decides nothing any more" in text_of(late)


def test_a_host_answers_on_the_charger_s_page_and_who_only_reads_does_not(offline, client_of, world):
    owner, reader = client_of(world.owner), client_of(world.teammate)
    address = "/support/chargers/CP1/sign/"
    assert address in text_of(owner.get("/chargers/CP1/"))
    read = text_of(reader.get("/chargers/CP1/"))
    assert ASKS in read
    assert address not in read

    refused = reader.post(address, {"question": "any_light", "seen": "yes"})
    owner.post(address, {"question": "any_light", "seen": "yes"})

    assert refused.status_code == 404
    page = text_of(owner.get("/chargers/CP1/"))
    assert f"Answered by {world.owner.email}." in page
    assert "The charger lost its power" not in page
    owner.post(address, {"question": "any_light", "seen": "no"})
    assert "The charger lost its power" in text_of(owner.get("/chargers/CP1/"))


def test_the_api_has_the_question_and_takes_the_answer(stalled, callers: Callers):
    Charger.objects.update(connection_id=None, disconnected_at=LOST)
    before = callers.owner.get("chargers/CP1/diagnosis/").json()
    assert [one["code"] for one in before["causes"]] == ["network", "power_lost"]
    assert (before["question"]["code"], before["question"]["answer"]) == ("any_light", None)

    given = json.dumps({"question": "any_light", "answer": "no"})
    after = callers.owner.post("chargers/CP1/diagnosis/answer/", given)

    assert after.json()["causes"][0] | {"evidence": []} == {
        "code": "power_lost",
        "title": "The charger lost its power",
        "certainty": "likely",
        "evidence": [],
        "steps": ["Look at the breaker and the supply first: nothing at the charger is lit."],
    }
    assert callers.owner.get(f"sessions/{stalled.pk}/diagnosis/").json()["question"]["answer"] == "no"
    assert callers.stranger.post("chargers/CP1/diagnosis/answer/", given).status_code == 404
    other = callers.owner.post("chargers/CP1/diagnosis/answer/", json.dumps({"question": "x", "answer": "no"}))
    assert other.status_code == 409


def test_an_agent_documents_signs_and_a_wrong_row_is_named(client, world):
    page = "/admin/chargers/chargermodel/add/"
    plain = {"name": "Trial", "vendor_pattern": "trial*", "model_pattern": "*"}
    wrong = json.dumps([{"sign": "light", "colour": "pink", "pattern": "steady", "means": "cable"}])

    refused = text_of(client.post(page, {**plain, "signs": wrong}))
    assert "Row 1, colour: “pink” is none of red, green" in refused
    right = json.dumps([{"sign": "beep", "pattern": "once", "means": "car_full"}])
    client.post(page, {**plain, "signs": right})

    assert ChargerModel.objects.get(name="Trial").signs == json.loads(right)
    of_ours = ("Trial", "Simulated wall box")  # the demo's own
    assert not ChargerModel.objects.exclude(name__in=of_ours).exclude(signs=[]).exists()
    assert AuditEntry.objects.filter(verb="charger_model.added").exists()


def test_nobody_is_asked_while_the_charger_is_connected(world, station, client_of):
    Property.objects.update(access="private")
    assert ASKS not in text_of(Client().get("/c/SUN001"))
    assert "Why it is offline" not in text_of(client_of(world.owner).get("/chargers/CP1/"))
