"""What the tests of alerts.acts and its neighbours share."""

import uuid
from datetime import UTC, datetime, timedelta

from backoffice.portal.alerts import acts, incidents, notices
from backoffice.portal.alerts.acts import WantedRule
from billing.models import AlertKind, OutgoingMail
from chargers.fleet import presence

NOON = datetime(2026, 3, 10, 18, 2, tzinfo=UTC)  # 14:02 in New York
MINUTE = timedelta(minutes=1)
ALL = list(AlertKind)


def rule(world, *, kinds=ALL, made_at=NOON - timedelta(days=1), **wanted):
    return acts.add_rule(
        world.host,
        WantedRule(kinds=kinds, time_zone="America/New_York", properties=wanted.pop("properties", []), **wanted),
        to=world.owner,
        by=world.owner,
        now=made_at,
    )


def look(*, at):
    incidents.watch(now=at)
    notices.make(now=at)
    notices.deliver(now=at)


def lose(world, *, at):
    presence.connect(world.charger, connection_id=uuid.uuid4(), version="1.6", now=at - MINUTE)
    presence.disconnect_all(now=at)


def find(world, *, at):
    presence.connect(world.charger, connection_id=uuid.uuid4(), version="1.6", now=at)


def subjects():
    return list(OutgoingMail.objects.order_by("id").values_list("subject", flat=True))
