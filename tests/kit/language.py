"""Shared by tests of texts in several languages."""

import pytest
from django.test import Client

from backoffice import translations
from chargers.models import Property
from tests.kit import charging


def of(language: str) -> Client:
    return Client(headers={"accept-language": language})


@pytest.fixture
def settled(world):
    version = charging.make_rate(world.host, currency="EUR")
    Property.objects.update(access="guest")
    charging.assign(version, world.site, "guest", "member")
    return charging.guest(world.charger)


@pytest.fixture
def elsewhere(settings, tmp_path):
    """A folder of translations with Dutch only, in which a test can write."""
    settings.LOCALE_PATHS = [tmp_path]

    def write(text: str) -> None:
        file = translations.path("nl", ending="po")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    return write
