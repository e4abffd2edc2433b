"""Labels for chargers: the QR codes that lead a guest to the landing page, on screen and on paper."""

import pytest
import segno

from billing.sessions.documents import labels
from billing.sessions.documents.labels import Label
from tests.kit.documents_pages import _public

__all__ = ["_public"]


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


def test_it_prints_six_labels_a_page(world, client_of):
    one = labels.pdf([Label("SUN001", "Sunset 1", number) for number in range(1, 7)])
    two = labels.pdf([Label("SUN001", "Sunset 1", number) for number in range(1, 8)])

    assert one.startswith(b"%PDF-")
    assert one.count(b"/Type /Page\n") == 1
    assert two.count(b"/Type /Page\n") == 2
    assert client_of(world.owner).get("/chargers/CP1/label/labels.pdf").content.startswith(b"%PDF-")
