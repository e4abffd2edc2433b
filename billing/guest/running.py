"""What a running session costs, for the page that asks every few seconds: computed when something has changed."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final
from uuid import UUID

from billing.models import Session
from billing.sessions import lifecycle
from billing.sessions.lifecycle import Running
from chargers.models import Connector

_FRESH_FOR: Final = timedelta(seconds=20)
"""Idle time costs by the minute, and a gap in the contact shows after several."""
_MOST: Final = 2000
_lock = Lock()
_kept: OrderedDict[UUID, "_Kept"] = OrderedDict()


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was computed, of which readings, and when."""

    facts: tuple[object, ...]
    at: datetime
    running: Running | None


def of(session: Session, *, now: datetime) -> Running | None:
    """As `sessions.running`, at most some seconds old; one query where nothing has changed since."""
    facts = _facts(session)
    with _lock:
        kept = _kept.get(session.pk)
    if kept is not None and kept.facts == facts and abs(now - kept.at) < _FRESH_FOR:
        return kept.running
    found = lifecycle.running(session, now=now)
    with _lock:
        _kept[session.pk] = _Kept(facts, now, found)
        _kept.move_to_end(session.pk)
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return found


def _facts(session: Session) -> tuple[object, ...]:
    """What changes with a reading, a status and the end."""
    row = session.transaction
    plug = Connector.objects.filter(evse__charger=session.charger_id, evse__number=session.evse_number or 0)
    statuses = tuple(plug.order_by("number").values_list("status", "status_at"))
    last = (
        (row.register_at, row.register_wh, row.charging_state, row.power_w, row.stopped_at, row.meter_stop_wh)
        if row
        else ()
    )
    return (session.state, session.unplugged_at, session.rate_version_id, statuses, last)
