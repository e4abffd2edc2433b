"""Notifies billing of a charger's messages. Best effort: a failure is logged, and the periodic sweeps repair it."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, transaction

from authorization.models import Decision
from billing.sessions.lifecycle import lifecycle
from chargers.journal.connection import Connection
from chargers.journal.group_commit import is_last_try
from chargers.models import Transaction
from chargers.protocol.events import StatusReported

logger = logging.getLogger(__name__)


def begin_session(connection: Connection, row: Transaction, decision: Decision, *, now: datetime) -> None:
    """Begins the session of an accepted transaction. Two statements besides the savepoint's."""
    _best_effort(lambda: lifecycle.begin(row, charger=connection.charger, decision=decision, now=now))


def end_session(row: Transaction) -> None:
    """Ends the session of a stopped transaction. At most two statements."""
    _best_effort(lambda: lifecycle.stop(row))


def status(connection: Connection, event: StatusReported, *, at: datetime) -> None:
    """Forwards a connector's status. One statement if the outlet is free, else none."""
    if event.evse is not None and event.status in lifecycle.OCCUPANCY_ENDS:
        _best_effort(lambda: lifecycle.status(connection.charger, evse_number=event.evse, word=event.status, at=at))


def charging_state(row: Transaction, state: str, *, at: datetime, now: datetime, is_new: bool) -> None:
    """Forwards a changed charging state (OCPP 2.x). One statement if it changed, else none."""
    if state and (is_new or state != row.charging_state):
        _best_effort(lambda: lifecycle.charging_state(row, state=state, at=at, now=now))


def _best_effort(work: Callable[[], Any]) -> None:
    if not is_last_try.get():
        work()
        return
    try:
        with transaction.atomic():
            work()
    except (OperationalError, InterfaceError):
        raise  # a database failure: the journal retries the whole message
    except Exception:
        logger.exception("Billing could not take note of a charger's message")
