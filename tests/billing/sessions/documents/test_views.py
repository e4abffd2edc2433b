"""QR labels: codes that lead to the charger's landing page."""

import io
import re
import zipfile
from datetime import UTC, datetime

import pytest
import segno
from PIL import Image

from billing.branding import brands, logos
from chargers.models import Charger, Connector, Evse, Property
from tests.kit import pdf
from tests.kit.documents_pages import _public
from tests.kit.world import make_charger

__all__ = ["_public"]


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


def test_it_gives_the_code_as_a_file(world, client_of):
    response = client_of(world.owner).get("/chargers/CP1/label/1/code.svg")

    assert response.headers["Content-Type"] == "image/svg+xml"
    assert response.headers["Content-Disposition"] == 'attachment; filename="SUN001-1.svg"'
    assert b"<svg" in response.content


def test_it_has_no_label_for_a_connector_that_is_not_there(world, client_of):
    assert client_of(world.owner).get("/chargers/CP1/label/9/code.svg").status_code == 404


def test_it_prints_names_that_its_font_does_not_know(world, client_of):
    Charger.objects.update(station_id="夏" * 40)

    assert client_of(world.owner).get("/chargers/CP1/label/labels.pdf").status_code == 200


def test_its_query_count_does_not_grow_with_connectors(world, client_of, django_assert_max_num_queries):
    for number in range(2, 9):
        Connector.objects.create(evse=Evse.objects.create(charger=world.charger, number=number), number=1)
    client = client_of(world.owner)

    with django_assert_max_num_queries(8):
        client.get("/chargers/CP1/label/")


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


@pytest.mark.parametrize(("who", "status"), [("owner", 200), ("teammate", 200), ("stranger", 404), ("agent", 200)])
@pytest.mark.parametrize("file", ["labels.pdf", "labels-svg.zip", "labels-png.zip"])
def test_the_labels_of_a_property_are_one_file_for_its_host_and_agents(world, client_of, who, status, file):
    assert client_of(getattr(world, who)).get(f"/properties/sunset-1/{file}").status_code == status


def test_the_file_of_a_property_has_each_charger_in_service(world, client_of):
    make_charger(world.site, "CP2", station_id="SUN002")
    make_charger(world.site, "CP3", station_id="SUN003")
    Charger.objects.filter(charger_id="CP3").update(retired_at=datetime(2026, 1, 1, tzinfo=UTC))
    client = client_of(world.owner)

    text = pdf.text(client.get("/properties/sunset-1/labels.pdf").content)
    archive = zipfile.ZipFile(io.BytesIO(client.get("/properties/sunset-1/labels-png.zip").content))

    assert ("SUN001" in text, "SUN002" in text, "SUN003" in text) == (True, True, False)
    assert sorted(archive.namelist()) == ["SUN001-1.png", "SUN001.png", "SUN002-1.png", "SUN002.png"]
    assert Image.open(io.BytesIO(archive.read("SUN001.png"))).width >= 1181


def test_a_property_without_chargers_says_so(world, client_of):
    Property.objects.create(host=world.host, slug="empty", name="Empty", time_zone="America/New_York")

    response = client_of(world.owner).get("/properties/empty/labels.pdf", follow=True)

    assert "Empty has no charger with a Station ID yet" in response.text
