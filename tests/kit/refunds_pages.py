"""What the tests of acts.refunds, api.refunds, refunds.attempts, refunds.suggestions and views.refunds share."""

import pytest

from billing.models import Receipt
from chargers.models import Property
from tests.kit import charging


@pytest.fixture
def paid(world):
    """A guest who paid 9.00: 1.00 to connect and 8.00 for 20 kWh."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    session = charging.guest(world.charger)
    assert Receipt.objects.get().rating.total_minor == 900
    return session


def text_of(response) -> str:
    return response.content.decode()


def owing(world):
    """A guest of whose 9.00 only 5.00 were held, so that 4.00 are owed."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    return charging.guest(world.charger, held_minor=500)
