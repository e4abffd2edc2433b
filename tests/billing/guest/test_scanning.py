"""Scanning on the page: a photo or what the camera read, posted as a browser does, and where that leads."""

import re
import uuid
from functools import partial

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation

from billing.models import LabelScans
from billing.sessions.documents.labels import Label
from billing.sessions.scanning import photos
from tests.kit import guest_domains
from tests.kit.guest_domains import NAME
from tests.kit.label_photos import background, bomb, encoded, photo
from tests.kit.world import make_charger

pytestmark = pytest.mark.django_db
LANGUAGES = ["en", "nl", "de", "fr", "es"]


@pytest.fixture
def guest(world) -> Client:
    return Client(REMOTE_ADDR=f"test-{uuid.uuid4()}")


def label(station_id: str = "SUN001", connector: int | None = None) -> str:
    return Label(station_id, "Sunset 1", connector=connector).url


def send(client: Client, content: bytes, name: str = "photo.jpg"):
    return client.post("/charge/scan", {"picture": SimpleUploadedFile(name, content)})


def words(response) -> str:
    return " ".join(response.text.split())


def scans() -> list[tuple[int, int]]:
    return list(LabelScans.objects.values_list("connector", "count"))


def test_a_photo_of_a_label_leads_to_its_page_and_counts_as_a_scan(guest):
    response = send(guest, photo(label(connector=1)))

    assert (response.status_code, response["Location"]) == (302, "/c/SUN001/1")
    assert scans() == [(1, 1)]
    guest.get(response["Location"], headers={"Sec-Fetch-Site": "same-origin"})
    assert scans() == [(1, 1)], "a browser says that our own page led there, and it is not counted twice"


def test_what_the_camera_read_is_judged_by_the_same_rule(guest):
    response = guest.post("/charge/scan", {"code": ["https://other.example/", label()]})

    assert (response.status_code, response["Location"]) == (302, "/c/SUN001")
    assert scans() == [(0, 1)]


def test_a_label_that_leads_nowhere_counts_for_nobody(guest):
    guest.post("/charge/scan", {"code": label("GONE001")})

    assert scans() == []


def test_the_form_needs_no_script(guest):
    text = guest.get("/charge").text

    form = re.search(r'<form method="post" action="/charge/scan".*?</form>', text, re.DOTALL)[0]
    assert 'enctype="multipart/form-data"' in form
    assert re.search(r'<input type="file"[^>]* name="picture" accept="image/\*" capture="environment"', form)
    assert "<button" in form.split('type="file"')[1], "a button that sends it"
    hidden_without_script = re.findall(r"<(?:div|button)[^>]*data-scan-(\w+)[^>]* (?:hidden|data-reserved)>", form)
    assert hidden_without_script == ["view", "start", "photo"]


def test_the_form_is_refused_from_another_site(world):
    client = Client(enforce_csrf_checks=True)

    assert client.post("/charge/scan", {"code": label()}).status_code == 403


def test_only_the_page_that_scans_may_use_the_camera(world, guest, client_of):
    for address in ("/charge", "/c/NOWHERE", "/charge?station_id=NOWHERE"):
        assert guest.get(address).headers["Permissions-Policy"] == "camera=(self)"
    assert guest.post("/charge/scan", {"code": "x"}).headers["Permissions-Policy"] == "camera=(self)"
    for address in ("/c/SUN001", "/charge/lost", "/help/", "/charge/scan"):
        assert guest.get(address).headers["Permissions-Policy"] == "camera=()"
    assert client_of(world.owner).get("/chargers/").headers["Permissions-Policy"] == "camera=()"


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.test/c/SUN001",
        "https://127.0.0.1@evil.test/c/SUN001",
        "//evil.test/c/SUN001",
        "javascript:alert(1)",
        "https://127.0.0.1.evil.test/c/SUN001",
        "http://127.0.0.1:8000\\@evil.test/c/SUN001",
        "https:evil.test",
        "\x01https://evil.test",
        "https://evil.test/" + "x" * 2200,
        "data:text/html,<script>alert(1)</script>",
        "https://charge.example%2f@evil.test/",
        "http://127.0.0.1:8000//evil.test/c/SUN001",
        "http://127.0.0.1:8000/c//evil.test",
        "http://127.0.0.1:8000/c/%2F%2Fevil.test",
    ],
)
def test_no_text_leads_anywhere_else(guest, text):
    for response in (guest.post("/charge/scan", {"code": text}), send(guest, photo(text, side=1000, turned=0))):
        assert response.status_code in {200, 404}
        assert "Location" not in response.headers
        assert not re.search(r'(?:href|src|action)="[^"]*(?:evil|script:|data:text)', response.text)
        assert "<script>alert" not in response.text


def test_another_products_code_is_named_with_the_way_on(guest):
    text = words(guest.post("/charge/scan", {"code": "https://other.example/pay/7"}))

    assert "<title>This code is not ours</title>" in text
    assert "It leads to other.example, which belongs to another product." in text
    assert "a sticker of somebody else may be pasted over ours" in text
    assert '<a href="#station_id">Type the Station ID, which our label shows under its code.</a>' in text
    assert "/pay/7" not in text


def test_two_labels_are_a_choice_of_two_links(world, guest):
    make_charger(world.site, "CP2", station_id="SUN002")

    text = words(send(guest, photo(label(), label("SUN002"))))

    assert '<a href="/c/SUN001">SUN001</a>' in text
    assert '<a href="/c/SUN002">SUN002</a>' in text
    assert scans() == []


def test_a_label_without_its_charger_is_a_404_and_limited_as_what_is_typed(guest):
    answers = [guest.post("/charge/scan", {"code": label(f"GONE{number}")}).status_code for number in range(31)]

    assert answers == [404] * 30 + [429]
    assert guest.get("/charge", {"station_id": "GUESS1"}).status_code == 429


@pytest.mark.parametrize(
    ("content", "status", "sentence"),
    [
        (b"", 400, "No photo was chosen, or its file is empty."),
        (b"%PDF-1.7", 415, "The file is no photo, or is damaged."),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", 415, "The photo is a HEIC file"),
        (bomb(20_000, 10_000), 413, "The photo has more than 25 million pixels."),
        (bytes(15 * 1024 * 1024 + 1), 413, "The photo has more than 15 MB."),
    ],
    ids=["empty", "pdf", "heic", "200 megapixels", "too many bytes"],
)
def test_a_photo_that_cannot_be_read_says_why(guest, content, status, sentence):
    response = send(guest, content)

    assert (response.status_code, sentence in words(response)) == (status, True)
    assert 'id="station_id"' in response.text


def test_a_photo_without_a_code_says_what_helps(guest):
    assert "Go closer until the code fills half of the picture" in words(send(guest, encoded(background())))


def test_a_form_without_a_photo_says_so(guest):
    assert guest.post("/charge/scan").status_code == 400
    assert guest.post("/charge/scan", {"picture": "no file"}).status_code == 400


def test_a_photo_that_takes_too_long_says_so(guest, monkeypatch):
    monkeypatch.setattr(photos, "read", partial(photos.read, timeout_s=0.01))

    response = send(guest, photo(label()))

    assert (response.status_code, "Reading this photo took too long." in words(response)) == (422, True)


def test_too_many_photos_of_one_network_are_not_decoded(guest):
    answers = [send(guest, b"%PDF").status_code for _ in range(13)]

    assert answers == [415] * 12 + [429]
    assert guest.post("/charge/scan", {"code": label()}).status_code == 302, "the camera costs nothing here"
    assert send(Client(REMOTE_ADDR=f"test-{uuid.uuid4()}"), photo(label())).status_code == 302


def test_the_address_of_the_form_leads_back_to_the_page(guest):
    assert guest.get("/charge/scan")["Location"] == "/charge"
    assert guest.put("/charge/scan").status_code == 405


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_and_its_prompts_speak_the_guests_language(world, language):
    guest = Client(headers={"accept-language": language}, REMOTE_ADDR=f"test-{uuid.uuid4()}")
    with translation.override(language):
        start = translation.gettext("Scan the code")
        refused = translation.gettext("This code is not ours")
    assert (start == "Scan the code") is (language == "en")

    assert f">{start}</button>" in guest.get("/charge").text
    assert refused in guest.post("/charge/scan", {"code": "https://other.example/"}).text


def test_at_a_hosts_own_domain_its_labels_lead_on_there(world):
    guest_domains.use(world.host)
    client = Client(headers={"Host": NAME}, REMOTE_ADDR=f"test-{uuid.uuid4()}")

    assert send(client, photo(label()))["Location"] == "/c/SUN001"
    assert client.post("/charge/scan", {"code": f"http://{NAME}:8000/c/SUN001"})["Location"] == "/c/SUN001"
    assert 'href="http://127.0.0.1:8000' not in client.get("/charge").text
    cache.clear()
