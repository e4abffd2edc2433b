"""Asking for help: what is known is not asked, what is claimed is proved, nobody reads another person's request."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from support.models import Ticket
from support.tickets.acts import tickets as acts
from support.tickets.conversation import Kind
from tests.kit.admin import client, enrolled
from tests.kit.guest_tickets import _nobody_was_counted_yet, get, local, paid, text_of
from tests.kit.tickets import MONDAY, opened, reply
from tests.kit.world import World

__all__ = ["_nobody_was_counted_yet", "client", "enrolled", "paid"]
pytestmark = pytest.mark.django_db
LOCAL = "America/New_York"


def picture() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (2, 2)).save(out, format="PNG")
    return SimpleUploadedFile("error.png", out.getvalue())


def test_a_guest_chooses_among_the_topics_of_guests(world):
    found = get("/help/c/SUN001/")

    assert found.count("?topic=") == 9
    assert "Payouts" not in found
    assert "SUN001" in found


def test_at_a_charger_the_place_and_the_station_are_not_asked(world):
    found = get("/help/c/SUN001/?topic=1")

    assert 'name="attempted_at"' in found
    assert 'name="property"' not in found
    assert 'name="charger_id"' not in found
    assert "Turn the breaker off for 1 to 2 minutes" in found


def test_of_a_session_nothing_is_asked_that_the_session_tells(world, paid):
    for topic in (1, 2, 4, 5):
        found = get(f"/help/s/{paid.secret}/?topic={topic}")
        for name in ("property", "charger_id", "attempted_at", "amount", "last4", "email"):
            assert f'name="{name}"' not in found


def test_from_nowhere_everything_is_asked_once(world):
    found = get("/help/?topic=4")

    for name in ("property", "attempted_at", "amount", "last4", "text", "email"):
        assert found.count(f'name="{name}"') == 1


def test_a_request_of_a_session_has_its_facts_and_shows_them(world, paid):
    page = Client().post(f"/help/s/{paid.secret}/?topic=4", {"text": "Too much."}, follow=True)

    ticket = Ticket.objects.get()
    assert (ticket.session, ticket.proof, ticket.email) == (paid, "link", "kim@example.com")
    assert dict(ticket.details.values_list("code", "value")) == {
        "property": "Sunset 1",
        "charger_id": "SUN001",
        "attempted_at": local(paid.started_at),
        "amount": "9.00",
        "last4": "4242",
        "account_email": "kim@example.com",
    }
    assert page.redirect_chain == [(f"/help/t/{ticket.secret}/", 302)]
    assert ticket.label in text_of(page)
    assert "Still needed" not in text_of(page)


def test_it_says_what_is_missing_and_keeps_what_was_typed(world):
    page = text_of(Client().post("/help/?topic=4", {"text": "Too much.", "amount": "9", "last4": "42"}))

    assert "Too much.</textarea>" in page
    assert "Write four digits." in page
    assert "Please fill this in: we need it to look into it." in page
    assert not Ticket.objects.exists()


def test_a_station_stands_for_its_property(world):
    Client().post("/help/?topic=1", {"text": "Dead.", "charger_id": "sun001", "attempted_at": "2026-11-20T18:00"})

    ticket = Ticket.objects.get()
    assert (ticket.charger, ticket.property, ticket.host) == (world.charger, world.site, world.host)


def test_a_photo_of_the_code_stands_for_the_station_id(world):
    answers = {"text": "Dead.", "property": "Sunset 1", "attempted_at": "2026-11-20T18:00"}

    Client().post("/help/?topic=1", answers | {"photo_charger_id": picture()})

    ticket = Ticket.objects.get()
    assert ticket.attachments.get().media_type == "image/png"
    assert ticket.property == world.site


def test_only_the_link_opens_a_request(world):
    ticket = opened()

    assert Client().get(f"/help/t/{ticket.pk}/").status_code == 404
    assert Client().get(f"/help/t/{ticket.secret[:-1]}x/").status_code == 404
    assert Client().get(f"/help/t/{ticket.secret}/").status_code == 200


def test_the_person_reads_replies_and_no_notes(world):
    ticket = opened(now=MONDAY - timedelta(days=400))
    acts.reply(
        ticket, reply(ticket, "It goes back."), next_state=None, by=world.agent, now=MONDAY - timedelta(days=399)
    )
    acts.reply(
        ticket,
        reply(ticket, "A liar?", kind=Kind.INTERNAL),
        next_state=None,
        by=world.agent,
        now=MONDAY - timedelta(days=1),
    )

    found = get(f"/help/t/{ticket.secret}/")

    assert "It goes back." in found
    assert "A liar?" not in found
    assert "agent@example.com" not in found


def test_the_person_answers_with_words_details_and_a_file(world):
    ticket = opened()

    page = Client().post(
        f"/help/t/{ticket.secret}/", {"text": "Here.", "last4": "4242", "file": picture()}, follow=True
    )

    assert "We have your answer." in text_of(page)
    assert ticket.messages.latest("id").text == "Here."
    assert ticket.details.get(code="last4").value == "4242"
    file = ticket.attachments.get()
    answer = Client().get(f"/help/t/{ticket.secret}/files/{file.pk}")
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    other = opened(email="lee@example.com")
    assert Client().get(f"/help/t/{other.secret}/files/{file.pk}").status_code == 404


def test_the_form_is_still_protected_against_forgery(world):
    strict = Client(enforce_csrf_checks=True)

    assert strict.post("/help/?topic=1", {"text": "x"}).status_code == 403


def test_what_is_solved_is_rated(world):
    ticket = opened()
    assert "Did we help you?" not in get(f"/help/t/{ticket.secret}/")
    acts.change_state(ticket, Ticket.State.SOLVED, by=world.agent, now=MONDAY)
    assert "Did we help you?" in get(f"/help/t/{ticket.secret}/")

    Client().post(f"/help/t/{ticket.secret}/rate", {"satisfaction": "bad", "text": "Slow."})

    ticket.refresh_from_db()
    assert (ticket.satisfaction, ticket.satisfaction_text) == ("bad", "Slow.")


@pytest.mark.parametrize(
    ("language", "title", "step"),
    [
        ("nl", "Hulp", "Schakel de groep"),
        ("de", "Hilfe", "Schalten Sie die Sicherung"),
        ("fr", "aide", "Coupez le disjoncteur"),
        ("es", "ayuda", "Desconecte el interruptor"),
    ],
)
def test_it_speaks_the_guest_s_language(world, language: str, title: str, step: str):
    assert title in get("/help/c/SUN001/", language)
    assert step in get("/help/c/SUN001/?topic=1", language)


def test_a_guest_finds_help_on_the_pages_of_the_charger_and_the_session(world, paid):
    assert "/help/c/SUN001/" in get("/c/SUN001/1")
    assert f"/help/s/{paid.secret}/" in get(f"/s/{paid.secret}/")
    assert f"/help/s/{paid.secret}/" in get(f"/s/{paid.secret}/receipt/")


def test_a_merged_request_leads_to_the_one_that_took_it(world):
    first, second = opened(), opened()
    acts.merge(second, into=first, by=world.agent, now=MONDAY)

    answer = Client().get(f"/help/t/{second.secret}/")

    assert answer["Location"] == f"/help/t/{first.secret}/"


def test_somebody_without_a_screenshot_is_not_held_up(client: Client, world: World):
    sent = {"text": "Error loading the charger.", "attempted_at": "2026-11-20T18:05", "email": "kim@example.com"}

    response = client.post("/help/c/SUN001/?topic=9", sent, follow=True)
    ticket = Ticket.objects.get()
    page = text_of(response)

    assert ticket.topic == 9
    assert "You can add" in page
    assert "Still needed" not in page
    assert "We have your request and aim to answer by " in page
    Ticket.objects.update(first_answer_due_at=MONDAY)
    assert "are late with our answer" in text_of(client.get(f"/help/t/{ticket.secret}/"))
