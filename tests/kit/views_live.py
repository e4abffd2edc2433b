"""What the tests of guest.views_live and lifecycle.idle_notices share."""

from django.test import Client

from chargers.models import Connector
from tests.kit import charging


def done(session, *, at):
    """The car needs no more energy."""
    charging.report(session.charger, "SuspendedEV", at=at)
    Connector.objects.filter(evse__charger=session.charger).update(status="SuspendedEV", status_at=at)


def page(session):
    return Client().get(f"/s/{session.secret}/").content.decode()
