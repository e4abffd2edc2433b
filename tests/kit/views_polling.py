"""What the tests of guest.views_polling and starting.running share."""

from datetime import UTC, datetime

import pytest


@pytest.fixture
def now():
    return datetime.now(tz=UTC).replace(microsecond=0)
