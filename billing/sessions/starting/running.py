"""A running session's cost, and why it does not charge, for the page that polls every few seconds: cached until
something changes.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, Generic, TypeVar
from uuid import UUID

from django.utils.translation import get_language

from billing.models import Session
from billing.sessions.lifecycle import lifecycle
from billing.sessions.lifecycle.lifecycle import RunningSession
from chargers.models import Connector
from support.diagnosis import answers
from support.diagnosis import presentation as diagnosis
from support.diagnosis.wording import ExplainedFinding

_FRESH_FOR: Final = timedelta(seconds=20)
"""Idle time costs by the minute, and a lost connection shows after several."""
_LIMIT: Final = 2000
_lock = Lock()
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class _CachedState(Generic[Found]):
    """A cached result, with the facts and the time that it was computed from."""

    facts: tuple[object, ...]
    at: datetime
    outcome: Found


_costs: "OrderedDict[UUID, _CachedState[RunningSession | None]]" = OrderedDict()
_causes: "OrderedDict[UUID, _CachedState[ExplainedFinding | None]]" = OrderedDict()


def load(session: Session, *, now: datetime) -> RunningSession | None:
    """Returns `sessions.running`, at most some seconds old; one query if nothing has changed."""
    return _get_or_compute(_costs, session, _facts(session), lambda: lifecycle.running(session, now=now), now=now)


def cause(session: Session, *, now: datetime) -> ExplainedFinding | None:
    """Returns `diagnosis.for_guest`, at most some seconds old, in the active language."""
    answer = answers.newest(session.charger)
    facts = (*_facts(session), session.charger.connection_id, answer, get_language())
    return _get_or_compute(_causes, session, facts, lambda: diagnosis.for_guest(session, now=now), now=now)


def _get_or_compute(
    cached: "OrderedDict[UUID, _CachedState[Found]]",
    session: Session,
    facts: tuple[object, ...],
    compute: Callable[[], Found],
    *,
    now: datetime,
) -> Found:
    with _lock:
        last = cached.get(session.pk)
    if last is not None and last.facts == facts and abs(now - last.at) < _FRESH_FOR:
        return last.outcome
    result = compute()
    with _lock:
        cached[session.pk] = _CachedState(facts, now, result)
        cached.move_to_end(session.pk)
        while len(cached) > _LIMIT:
            cached.popitem(last=False)
    return result


def _facts(session: Session) -> tuple[object, ...]:
    """Returns the facts that change with a reading, a status and the end."""
    row = session.transaction
    plug = Connector.objects.filter(evse__charger=session.charger_id, evse__number=session.evse_number or 0)
    statuses = tuple(plug.order_by("number").values_list("status", "status_at"))
    last = (
        (row.register_at, row.register_wh, row.charging_state, row.power_w, row.stopped_at, row.meter_stop_wh)
        if row
        else ()
    )
    return (session.state, session.unplugged_at, session.rate_version_id, statuses, last)
