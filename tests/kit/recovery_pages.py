"""What the tests of api.recovery and views.recovery share."""

from datetime import UTC, datetime, timedelta

import pytest

from chargers.fleet import presence
from chargers.lib import ids
from chargers.models import (
    Command,
    Connector,
    Recovery,
    RecoveryPolicy,
    StateSpan,
)
from chargers.recovery import progress
from tests.kit.world import World


@pytest.fixture
def tried(world: World) -> Recovery:
    """A faulted charger at which a trigger did not help, and for which the host allows only a ticket next."""
    now = datetime.now(tz=UTC)
    presence.connect(world.charger, connection_id=ids.generate(now=now), version="1.6", now=now)
    Connector.objects.update(status="Faulted", error_code="InternalError", status_at=now)
    StateSpan.objects.filter(until=None, state="faulted").update(since=now - timedelta(hours=1))
    RecoveryPolicy.objects.create(property=world.site, steps=["trigger", "ticket"], changed_at=now, changed_by="user:x")
    for minutes in (-5, 0):
        progress.begin_due(now=now + timedelta(minutes=minutes))
        for pk in progress.due(now=now + timedelta(minutes=minutes)):
            progress.advance_recovery(pk, is_paid=lambda _: False, now=now + timedelta(minutes=minutes))
        Command.objects.update(state=Command.State.ACCEPTED)
    return Recovery.objects.get()
