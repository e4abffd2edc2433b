"""What the tests of gateway.connections and handshake.admission share."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _forgotten_tries():
    cache.clear()
