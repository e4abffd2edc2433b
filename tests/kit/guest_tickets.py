"""What the tests of asking.acts, asking.uploads, guest.tickets and tickets.identity share."""

import pytest
from django.test import Client

from billing.models import Session
from chargers.models import Property
from tests.kit import charging
from tests.kit.world import World

LOCAL = "America/New_York"


@pytest.fixture(autouse=True)
def _nobody_was_counted_yet(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def paid(world: World) -> Session:
    """A guest who paid 9.00 with the card ending in 4242."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    return charging.guest(world.charger)


def text_of(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


def get(address: str, language: str = "en") -> str:
    return text_of(Client(headers={"accept-language": language}).get(address))


def local(at) -> str:
    from zoneinfo import ZoneInfo

    return f"{at.astimezone(ZoneInfo(LOCAL)):%Y-%m-%dT%H:%M}"
