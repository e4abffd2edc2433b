"""What a running session costs, and why it does not charge, for the page that asks every few seconds ..."""

from datetime import timedelta

import pytest

from billing.models import Session
from billing.sessions.starting import running
from chargers.models import Connector
from tests.kit import charging
from tests.kit.running import running as charging_car
from tests.kit.views_polling import now

__all__ = ["charging_car", "now"]


def test_a_poll_counts_only_what_has_changed(charging_car, now, django_assert_num_queries):
    session = Session.objects.select_related("charger", "property", "transaction", "rate_version__rate").get()
    first = running.load(session, now=now)
    assert first is not None

    with django_assert_num_queries(1):
        again = running.load(session, now=now + timedelta(seconds=3))

    assert again is first


@pytest.mark.parametrize("what", ["reading", "status", "time"])
def test_a_poll_counts_again_after(charging_car, now, what):
    rows = Session.objects.select_related("charger", "property", "transaction", "rate_version__rate")
    first = running.load(rows.get(), now=now)
    later = now + timedelta(seconds=3)

    if what == "reading":
        charging.read(charging_car.transaction, 9000, at=now)
    elif what == "status":
        Connector.objects.update(status="SuspendedEV", status_at=now)
    else:
        later = now + timedelta(seconds=30)

    again = running.load(rows.get(), now=later)
    assert first is not None
    assert again is not first
    assert again is not None
    assert (again.cost.total_minor > first.cost.total_minor) is (what == "reading")
