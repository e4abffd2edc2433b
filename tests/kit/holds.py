"""What the tests of charges.receivables, holds.hold_amount, holds.hold_limit and holds.holds share."""

import pytest
import time_machine

from billing.sessions.holds import hold_amount
from tests.billing.conftest import PLAIN, minutes
from tests.kit.held import paid


def drawn(site, row, wh, *, at=1200):
    """Draws this much energy until that minute; 40.00 are 97.5 kWh and the connection fee."""
    site.reading(row, 1000 + wh, at=minutes(at))


@pytest.fixture
def clock():
    with time_machine.travel(minutes(1201), tick=False):
        yield


def size(site, *, max_power_w=11_000, definition=PLAIN, currency="USD"):
    slug = f"plain-{site.host.rates.count()}"
    version = site.rate(slug=slug, definition=definition)
    version.rate.currency = currency
    return hold_amount.calculate(version, property_=site.place, max_power_w=max_power_w)


@pytest.fixture
def owing(site):
    session, _, row = paid(site, amount_minor=1000)
    site.stop(row, 51_000, at=minutes(1210), reason="EVDisconnected")
    site.work(now=minutes(1211))
    return session
