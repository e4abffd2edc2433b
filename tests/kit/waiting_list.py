"""What the tests of waiting_list.mails and waiting_list.waiting_list share."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from chargers.models import Connector
from tests.kit.bookings import now

PAGE = "/c/SUN001"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _nobody_asked_before(settings) -> None:
    settings.PUBLIC_BASE_URL = "https://charge.example.com"


@pytest.fixture
def busy(station) -> None:
    Connector.objects.update(status="Charging", status_at=now() - 40 * MINUTE)


def becomes_free() -> None:
    Connector.objects.update(status="Available", status_at=now())


def ask(client: Client, email: str = "kim@example.com"):
    return client.post(f"{PAGE}/tell-me", {"email": email})


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def links_of(message) -> list[str]:
    return [line.removeprefix("https://charge.example.com") for line in message.body.splitlines() if "://" in line]
