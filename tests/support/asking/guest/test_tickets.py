"""Asking for help: what is known is not asked, what is claimed is proved, nobody reads another person's request."""

import io
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from billing.models import Letter, Session
from chargers.models import Property
from support.models import Ticket
from support.tickets.acts import tickets as acts
from support.tickets.conversation import Kind
from tests.kit import charging
from tests.kit.admin import client, enrolled
from tests.kit.charging import YESTERDAY
from tests.kit.tickets import MONDAY, opened, reply
from tests.kit.world import World

__all__ = ["client", "enrolled"]

pytestmark = pytest.mark.django_db
LOCAL = "America/New_York"


@pytest.fixture(autouse=True)
def _nobody_was_counted_yet(settings, tmp_path):
    cache.clear()
    settings.DATA_DIR = tmp_path


@pytest.fixture
def paid(world: World) -> Session:
    """A guest paid 9.00 with the card ending in 4242."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    return charging.guest(world.charger)


def text_of(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


def get(address: str, language: str = "en") -> str:
    return text_of(Client(headers={"accept-language": language}).get(address))


def picture() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (2, 2)).save(out, format="PNG")
    return SimpleUploadedFile("error.png", out.getvalue())


def local(at) -> str:
    from zoneinfo import ZoneInfo

    return f"{at.astimezone(ZoneInfo(LOCAL)):%Y-%m-%dT%H:%M}"


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


def claim(**changes: str) -> Ticket:
    answers = {
        "text": "Too much.",
        "property": "Sunset 1",
        "attempted_at": local(YESTERDAY),
        "amount": "9.00",
        "last4": "4242",
    }
    Client().post("/help/?topic=4", answers | changes)
    return Ticket.objects.latest("pk")


def test_time_and_card_prove_a_session(world, paid):
    ticket = claim()

    assert (ticket.session, ticket.proof) == (paid, "card")
    assert "SUN001" in get(f"/help/t/{ticket.secret}/")


@pytest.mark.parametrize(
    "changes",
    [
        {"last4": "1111"},
        {"attempted_at": local(YESTERDAY - timedelta(hours=9))},
        {"last4": "1111", "email": "kim@example.com"},
    ],
)
def test_who_claims_another_person_s_session_is_shown_nothing_of_it(world, paid, changes: dict[str, str]):
    ticket = claim(**changes)

    found = get(f"/help/t/{ticket.secret}/")
    assert (ticket.session, ticket.proof) == (None, "")
    assert "SUN001" not in found
    assert paid.secret not in found


def test_what_an_agent_finds_is_not_shown_to_who_proved_nothing(world, paid):
    ticket = claim(last4="1111")
    acts.attach_session(ticket, paid, by=world.agent, now=MONDAY)

    assert "SUN001" not in get(f"/help/t/{ticket.secret}/")


def test_only_the_link_opens_a_request(world):
    ticket = opened()

    assert Client().get(f"/help/t/{ticket.pk}/").status_code == 404
    assert Client().get(f"/help/t/{ticket.secret[:-1]}x/").status_code == 404
    assert Client().get(f"/help/t/{ticket.secret}/").status_code == 200


def test_the_person_reads_replies_and_no_notes(world):
    ticket = opened(now=MONDAY - timedelta(days=400))
    acts.reply(ticket, reply(ticket, "It goes back."), then=None, by=world.agent, now=MONDAY - timedelta(days=399))
    acts.reply(
        ticket, reply(ticket, "A liar?", kind=Kind.INTERNAL), then=None, by=world.agent, now=MONDAY - timedelta(days=1)
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


@pytest.mark.parametrize("content", [b"MZ\x90\x00\x03\x00", b"<html><script>alert(1)</script>", b""])
def test_a_file_of_another_type_is_refused_in_words(world, content: bytes):
    ticket = opened()

    page = text_of(
        Client().post(f"/help/t/{ticket.secret}/", {"text": "See.", "file": SimpleUploadedFile("a.png", content)})
    )

    assert "send a picture, a PDF or plain text" in page or "The submitted file is empty" in page
    assert not ticket.attachments.exists()


def test_a_gigabyte_is_refused_before_it_is_read(world):
    ticket = opened()

    answer = Client().post(f"/help/t/{ticket.secret}/", {"text": "x"}, headers={"content-length": str(1024**3)})

    assert answer.status_code == 413
    assert ticket.messages.count() == 1


def test_the_form_is_still_protected_against_forgery(world):
    strict = Client(enforce_csrf_checks=True)

    assert strict.post("/help/?topic=1", {"text": "x"}).status_code == 403


@pytest.mark.long
def test_a_flood_from_one_source_ends_after_many_guests_of_one_network(world):
    answers = {"text": "x", "attempted_at": "2026-11-20T18:00"}
    statuses = [Client().post("/help/c/SUN001/?topic=1", answers).status_code for _ in range(101)]

    assert statuses == [302] * 100 + [429]
    assert Ticket.objects.count() == 100


def test_a_request_with_an_address_is_acknowledged_at_most_three_times_an_hour(world):
    for _ in range(5):
        opened(email="kim@example.com")

    letters = list(Letter.objects.filter(address="kim@example.com").order_by("pk"))
    assert len(letters) == 3
    assert letters[0].headers["Auto-Submitted"] == "auto-replied"
    assert letters[0].page.startswith("/help/t/")


def test_what_is_solved_is_rated(world):
    ticket = opened()
    assert "Did we help you?" not in get(f"/help/t/{ticket.secret}/")
    acts.move(ticket, Ticket.State.SOLVED, by=world.agent, now=MONDAY)
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
