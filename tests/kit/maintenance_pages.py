"""What the tests of api.maintenance and views.maintenance share."""

from datetime import UTC, datetime

import pytest
import time_machine


@pytest.fixture(autouse=True)
def _that_morning():
    with time_machine.travel(datetime(2026, 3, 7, 12, tzinfo=UTC), tick=False):
        yield
