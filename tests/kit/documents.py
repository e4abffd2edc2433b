"""What the tests of documents.gross and guest.documents share."""

import html
import re

import pytest
from django.test import Client

from billing.models import Session
from chargers.models import Connector, Evse, Host, Property
from tests.kit import charging, pdf
from tests.kit.world import World

TAXED = charging.PLAIN | {
    "energy": [
        {"name": "evening", "price": "0.60", "from": "17:00", "to": "21:00"},
        {"name": "day", "price": "0.40"},
    ],
    "tax": {"mode": "exclusive", "rates": {"connection": "0", "energy": "8.25", "idle": "8.25", "processing": "0"}},
}
NOON = charging.YESTERDAY.replace(hour=20, minute=30, second=0)  # 15:30 or 16:30 in New York


@pytest.fixture
def place(world: World) -> World:
    Property.objects.update(
        access="guest",
        address="12 Shore Rd",
        city="Ocean City",
        postal_code="21842",
        country="US",
        contact_email="stay@sunset.example",
    )
    Host.objects.filter(slug="sunset").update(
        legal_name="Sunset Stays LLC", legal_address="1 Boardwalk, Ocean City", tax_number="52-0000000"
    )
    Evse.objects.update(evse_id="US*SUN*E1")
    Connector.objects.update(standard="IEC_62196_T2_COMBO", max_power_w=50_000)
    charging.assign(charging.make_rate(world.host, definition=TAXED), world.site, "guest", "member")
    return world


def page_of(session: Session, path: str = "receipt/") -> str:
    """Returns the page's text without tags."""
    content = Client().get(f"/s/{session.secret}/{path}").content.decode()
    bare = html.unescape(re.sub(r"<[^>]+>", " ", content))
    return " ".join(bare.replace("\N{NO-BREAK SPACE}", " ").split())


def pdf_of(session: Session, path: str = "receipt.pdf") -> str:
    return pdf.text(Client().get(f"/s/{session.secret}/{path}").content)


@pytest.fixture
def paid(place: World) -> Session:
    """A guest who paid for two hours from 15:30 or 16:30 in New York, so that the price changes in between."""
    return charging.guest(place.charger, at=NOON)
