"""/ocpi/<version>/locations (OCPI 2.2.1 8.2.1): the list, one location, one EVSE, one connector."""

from datetime import UTC, datetime, timedelta

import pytest

from chargers.models import Connector
from tests.billing.roaming.conftest import connect, connection_of, work
from tests.kit.pushing import body_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_partner_that_was_away_gets_the_state_of_now(ours, msp, partner, site):
    connect(msp)
    work()
    now = datetime.now(tz=UTC)
    partner.faults["/ocpi/2.2.1/locations"] = ["500"] * 3
    for status in ("Preparing", "Charging", "Faulted"):
        Connector.objects.filter(evse__number=1).update(status=status)
        work(at=now)
    assert connection_of(msp).silent_since is not None
    before = len(partner.requests)
    work(at=now)
    assert len(partner.requests) == before, "it waits longer each time"

    partner.faults.clear()
    work(at=now + timedelta(hours=1))

    assert body_of(partner, "locations")["evses"][0]["status"] == "OUTOFORDER"
    assert connection_of(msp).silent_since is None
