"""QR labels: codes that lead to the charger's landing page."""

import re

import pytest
import segno

from billing.documents import labels
from billing.documents.labels import Label
from chargers.models import Charger, Connector, Evse


@pytest.fixture(autouse=True)
def _public(settings):
    settings.PUBLIC_BASE_URL = "https://charge.example.com"


@pytest.mark.parametrize(("who", "status"), [("owner", 200), ("teammate", 200), ("stranger", 404), ("agent", 200)])
@pytest.mark.parametrize("path", ["", "labels.pdf", "code.svg", "1/code.svg"])
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
