"""The work on roaming in the right order; each part may run twice or concurrently."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from billing.roaming.cdrs import publishing as cdrs
from billing.roaming.commands import results
from billing.roaming.locations import publishing as locations
from billing.roaming.partners import connections
from billing.roaming.pushes import pushing
from billing.roaming.sessions import publishing as sessions
from billing.roaming.tariffs import publishing as tariffs

logger = logging.getLogger(__name__)


def publish(*, now: datetime) -> int:
    """Publishes what changed, and returns the number of objects. Does nothing while no partner is registered."""
    if not connections.list_registered():
        return 0
    return sum(_run_step(step, now=now) for step in _STEPS)


def reconcile_all(*, now: datetime) -> int:
    """Checks everything again: changes caused by time alone, and shared objects that were never sent."""
    partners = connections.list_registered()
    if partners:
        tariffs.note_all()
        locations.note_all()
        publish(now=now)
    return sum(pushing.reconcile(connection, now=now) for connection in partners)


def _run_step(step: Callable[..., int], *, now: datetime) -> int:
    """Runs a step, so that one kind of object that cannot be made does not stop the others."""
    try:
        return step(now=now)
    except Exception:
        logger.exception("%s did not finish; its changes stay noted", step.__module__)
        return 0


_STEPS: Final = (results.advance, tariffs.catch_up, locations.catch_up, sessions.catch_up, cdrs.catch_up)
