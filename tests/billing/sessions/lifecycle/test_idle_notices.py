"""Notices before an idle fee begins: on the session's page, and by mail to an address on file."""

from datetime import timedelta

from billing.models import ChargingStateReport, OutgoingMail
from billing.sessions.lifecycle import idle_notices
from tests.kit.running import RATE, now, running
from tests.kit.views_live import done, page

__all__ = ["now", "running"]


def test_it_writes_to_nobody_where_staying_costs_nothing(running, now):
    version = running.rate_version
    type(version).objects.filter(pk=version.pk).update(
        definition=RATE | {"idle": {"per_min": "0.15", "exempt_audiences": ["guest"]}}
    )
    done(running, at=now - timedelta(minutes=2))

    idle_notices.notify_due(now=now)

    assert not OutgoingMail.objects.filter(session=running).exists()
    assert "Charging ended at" in page(running)


def test_it_writes_of_a_2_x_transaction_whose_car_is_done(world, running, now):
    row = running.transaction
    type(row).objects.filter(pk=row.pk).update(ocpp_version="2.0.1")
    for state, minutes in (("Charging", 60), ("SuspendedEV", 3)):
        at = now - timedelta(minutes=minutes)
        ChargingStateReport.objects.create(transaction=row, state=state, at=at, received_at=at)

    idle_notices.notify_due(now=now)

    assert OutgoingMail.objects.filter(session=running, key__contains=":idle:").count() == 1
