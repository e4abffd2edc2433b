"""What the tests of guest.complaining, refunds.complaints and views.complaints share."""

import pytest
from django.test import Client

from billing.models import Session
from chargers.models import Property
from tests.kit import charging

SAID = {"about": "energy", "text": "The car took nothing.", "email": ""}


@pytest.fixture
def paid(world):
    """A guest who paid 9.00: 1.00 to connect and 8.00 for 20 kWh."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    return charging.guest(world.charger)


def text_of(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


def complain(session: Session, **changes: str):
    return Client().post(f"/s/{session.secret}/complaint", SAID | changes, follow=True)


def receipt_of(session: Session, language: str = "en") -> str:
    page = f"/s/{session.secret}/receipt/"
    return text_of(Client(headers={"accept-language": language}).get(page))
