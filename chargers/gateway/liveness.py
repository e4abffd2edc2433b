"""Heartbeats of gateway processes, and the release of a dead one's chargers and commands."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from chargers.commands import queue
from chargers.lib import batch
from chargers.models import Charger, Command, Gateway
from chargers.sentences import stored
from chargers.sentences.commands import CommandCode

DEAD_AFTER = timedelta(seconds=30)
"""Six missed beats. A death is noticed with the next sweep, within 40 s."""


def record_heartbeat(gateway_id: uuid.UUID, *, now: datetime) -> bool:
    """Records a heartbeat. False for an unknown gateway: it is new, or was declared dead."""
    if Gateway.objects.filter(pk=gateway_id).update(seen_at=now):
        return True
    Gateway.objects.update_or_create(pk=gateway_id, defaults={"started_at": now, "seen_at": now})
    return False


def take_back(gateway_id: uuid.UUID, connections: Mapping[int, uuid.UUID], *, now: datetime) -> int:
    """Restores the connections (by the charger's primary key) of a gateway that was wrongly declared dead.

    Only if the charger has not connected elsewhere meanwhile; a stop ordered meanwhile is sent. Returns their number.
    """
    restored_pks = []
    for charger_pk, connection_id in connections.items():
        lost = Charger.objects.filter(pk=charger_pk, gateway_id=gateway_id, connection_id=None)
        if lost.update(connection_id=connection_id, disconnected_at=None):
            restored_pks.append(charger_pk)
    if restored_pks:
        queue.recall_stops(restored_pks, now=now)
    return len(restored_pks)


def expire_dead(*, now: datetime) -> int:
    """Marks the chargers of dead gateways as offline, and commands sent through them as unknown."""
    dead = Gateway.objects.filter(seen_at__lt=now - DEAD_AFTER)
    return batch.each_of(
        dead, lambda gateway: _expire(gateway, now=now), noun="Gateway", failure="is dead and could not be ended"
    )


def _expire(dead: Gateway, *, now: datetime) -> bool:
    """Returns False if the gateway is alive after all, or another worker was first."""
    with transaction.atomic():
        deleted_count, _ = Gateway.objects.filter(pk=dead.pk, seen_at=dead.seen_at).delete()
        if deleted_count:
            _end(dead, now=now)
    return bool(deleted_count)


def forget_all() -> None:
    """Deletes all gateways, before any of them runs."""
    Gateway.objects.all().delete()


def _end(dead: Gateway, *, now: datetime) -> None:
    connected_chargers = Charger.objects.filter(gateway_id=dead.pk, connection_id__isnull=False)
    connections = list(connected_chargers.values_list("connection_id", flat=True))
    in_flight = Command.objects.filter(state=Command.State.SENT, connection_id__in=connections)
    in_flight.update(
        state=Command.State.UNKNOWN, answered_at=now, outcome_sentences=stored.build_sentence(CommandCode.GATEWAY_DIED)
    )
    waiting = Command.objects.filter(Q(charger__in=connected_chargers), state=Command.State.QUEUED)
    unsent = stored.build_sentence(CommandCode.GATEWAY_DIED_UNSENT)
    waiting.update(state=Command.State.OFFLINE, outcome_sentences=unsent, secret_encrypted="")
    connected_chargers.update(connection_id=None, disconnected_at=dead.seen_at)
