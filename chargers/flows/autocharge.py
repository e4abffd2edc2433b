"""Autocharge at the charger: unknown cars are remembered, and paired with the driver who then starts."""

from datetime import datetime

from authorization.decide import vehicles
from authorization.decide.decisions import DecisionResult, Question
from authorization.identifiers import uids
from authorization.models import Decision
from chargers.journal.connection import Connection
from chargers.models import Transaction

_NOBODY_KNOWS = "token_unknown"


def remember_refused_vehicle(
    connection: Connection, question: Question, decided: DecisionResult, *, now: datetime
) -> None:
    """Remembers a refused vehicle that is unknown or without consent. No statement for cards."""
    if decided.reason != _NOBODY_KNOWS or question.late or not uids.is_vehicle(uids.from_wire(question.uid) or ""):
        return
    vehicles.remember(connection.charger, uid=question.uid, evse_number=question.evse_number, now=now)
    connection.car_named_at = now


def pair_vehicle(connection: Connection, row: Transaction, decision: Decision, *, now: datetime) -> None:
    """Pairs an accepted start with a vehicle.

    No statement unless a vehicle identified itself on this connection in the last minute.
    """
    named_at = connection.car_named_at
    if named_at is None or now - named_at > vehicles.PAIRED_WITHIN or row.offline:
        return
    if uids.is_vehicle(uids.from_wire(row.id_token) or ""):
        return
    if vehicles.pair_token(connection.charger, row, token_id=decision.token_id, now=now):
        connection.car_named_at = None
