"""What the tests of asking.articles, knowledge.admin and views.articles share."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from support.knowledge import library


@pytest.fixture(autouse=True)
def _loaded():
    library.load(now=datetime.now(tz=UTC))


def get(address: str, language: str = "en") -> str:
    return Client(headers={"accept-language": language}).get(address).content.decode()
