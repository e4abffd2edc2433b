"""QR labels: codes that lead to the charger's landing page."""

import io
import re
from datetime import UTC, datetime

import pytest
import segno
from PIL import Image

from billing.branding import brands, logos
from billing.sessions.documents import label_sheets, labels
from billing.sessions.documents.labels import Label
from chargers.models import Charger, Connector, Evse
from tests.kit import pdf


@pytest.fixture(autouse=True)
def _public(settings):
    settings.PUBLIC_BASE_URL = "https://charge.example.com"


@pytest.mark.parametrize(("who", "status"), [("owner", 200), ("teammate", 200), ("stranger", 404), ("agent", 200)])
@pytest.mark.parametrize("path", ["", "labels.pdf", "code.svg", "1/code.svg", "code.png", "1/code.png"])
def test_it_is_seen_by_its_host_and_by_agents_only(world, client_of, who, status, path):
    assert client_of(getattr(world, who)).get(f"/chargers/CP1/label/{path}").status_code == status


def test_it_leads_to_the_charger_and_to_each_connector(world, client_of):
    Connector.objects.create(evse=Evse.objects.create(charger=world.charger, number=2), number=1)

    text = client_of(world.owner).get("/chargers/CP1/label/").content.decode()

    shown = re.findall(r"QR code of (\S+)\"", text)
    assert shown == [
        "https://charge.example.com/c/SUN001",
        "https://charge.example.com/c/SUN001/1",
        "https://charge.example.com/c/SUN001/2",
    ]


@pytest.mark.parametrize(
    ("label", "url"),
    [
        (Label("SUN001", "x"), "https://charge.example.com/c/SUN001"),
        (Label("SUN 1/ä", "x", 2), "https://charge.example.com/c/SUN%201%2F%C3%A4/2"),
    ],
)
def test_it_encodes_the_address(label, url):
    assert label.url == url
    expected = segno.make(url, error="m", micro=False).svg_inline(
        scale=5, border=4, dark="#000", light="#fff", omitsize=True
    )
    assert labels.svg(label, inline=True) == expected


def test_it_gives_the_code_as_a_file(world, client_of):
    response = client_of(world.owner).get("/chargers/CP1/label/1/code.svg")

    assert response.headers["Content-Type"] == "image/svg+xml"
    assert response.headers["Content-Disposition"] == 'attachment; filename="SUN001-1.svg"'
    assert b"<svg" in response.content


def test_it_has_no_label_for_a_connector_that_is_not_there(world, client_of):
    assert client_of(world.owner).get("/chargers/CP1/label/9/code.svg").status_code == 404


def test_it_prints_six_labels_a_page(world, client_of):
    one = labels.pdf([Label("SUN001", "Sunset 1", number) for number in range(1, 7)])
    two = labels.pdf([Label("SUN001", "Sunset 1", number) for number in range(1, 8)])

    assert one.startswith(b"%PDF-")
    assert one.count(b"/Type /Page\n") == 1
    assert two.count(b"/Type /Page\n") == 2
    assert client_of(world.owner).get("/chargers/CP1/label/labels.pdf").content.startswith(b"%PDF-")


def test_it_prints_names_that_its_font_does_not_know(world, client_of):
    Charger.objects.update(station_id="夏" * 40)

    assert client_of(world.owner).get("/chargers/CP1/label/labels.pdf").status_code == 200


def test_its_query_count_does_not_grow_with_connectors(world, client_of, django_assert_max_num_queries):
    for number in range(2, 9):
        Connector.objects.create(evse=Evse.objects.create(charger=world.charger, number=number), number=1)
    client = client_of(world.owner)

    with django_assert_max_num_queries(6):
        client.get("/chargers/CP1/label/")


@pytest.mark.parametrize(
    ("key", "paper", "count"), [("l7163", (595, 842), 14), ("l7160", (595, 842), 21), ("5160", (612, 792), 30)]
)
def test_a_sheet_holds_its_labels_within_the_paper(key, paper, count):
    sheet = label_sheets.SHEETS[key]
    x, y = sheet.corner(count - 1)
    found = [Label(f"SUN{number:03}", "Sunset 1") for number in range(count)]

    full = label_sheets.pdf(found, sheet=sheet, logos={})
    shifted = label_sheets.pdf(found, sheet=sheet, logos={}, skipped=1)

    assert sheet.count == count
    assert (x + sheet.width) * 72 / 25.4 <= paper[0]
    assert (y + sheet.height) * 72 / 25.4 <= paper[1]
    assert full.count(b"/Type /Page\n") == 1
    assert shifted.count(b"/Type /Page\n") == 2


def test_a_sheet_prints_what_a_guest_needs_and_the_hosts_logo(world, client_of):
    out = io.BytesIO()
    Image.new("RGB", (300, 100), "#006633").save(out, format="PNG")
    brands.set_logo(world.host, logos.read(out.getvalue()), now=datetime.now(tz=UTC))
    asked = {"charger": ["CP1"], "sheet": "l7163", "skip": "2", "each": "on"}

    answer = client_of(world.owner).get("/chargers/labels/sheet/", asked)

    text = pdf.text(answer.content)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert all(one in text for one in ("Scan to charge", "SUN001", "Sunset 1", "charge.example.com", "connector 1"))
    assert answer.content.count(b"/Subtype /Image") >= 1


def test_a_stranger_prints_no_label_of_it(world, client_of):
    stranger = client_of(world.stranger)

    assert "SUN001" not in stranger.get("/chargers/labels/sheet/").content.decode()
    assert "PDF-" not in stranger.get("/chargers/labels/sheet/", {"charger": ["CP1"], "sheet": "5160"}).content.decode()


def test_it_gives_the_code_as_a_picture_that_leads_to_the_charger(world, client_of):
    client = client_of(world.owner)

    response = client.get("/chargers/CP1/label/1/code.png")

    picture = Image.open(io.BytesIO(response.content))
    assert response.headers["Content-Type"] == "image/png"
    assert min(picture.size) >= 1181
    code = segno.make("https://charge.example.com/c/SUN001/1", error="m", micro=False)
    modules = [list(row) for row in code.matrix_iter(border=4)]
    dots = picture.width // len(modules)
    dark = picture.convert("L")
    drawn = [
        [int(dark.getpixel((x * dots + dots // 2, y * dots + dots // 2)) < 128) for x in range(len(modules))]
        for y in range(len(modules))
    ]
    assert drawn == modules
    assert client.get("/chargers/CP1/label/7/code.png").status_code == 404
