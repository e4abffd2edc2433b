"""What the tests of tickets.views and views.asking share."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from authorization.models import User

ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _nobody_was_counted_yet():
    cache.clear()


def text_of(response) -> str:
    return response.content.decode().replace("&#x27;", "'")
