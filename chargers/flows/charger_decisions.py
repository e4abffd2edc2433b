"""Records decisions in transactions that were not ours, without affecting the answer."""

from datetime import datetime, timedelta
from typing import Final

from authorization.decide.decisions import DecisionResult
from authorization.identifiers import uids
from authorization.insight import stops
from authorization.models import Decision
from chargers.journal.connection import AuthorizationReply, Connection
from chargers.lib import ids
from chargers.models import OwnAct, Transaction
from chargers.transactions import charger_decisions

AUTHORIZED_BEFORE: Final = timedelta(minutes=15)
"""The longest time between an Authorize and the start that it covers."""
_AUTHORIZED_AFTER: Final = timedelta(minutes=2)
_OURS: Final = frozenset({"start_ordered", "accepts_any_token"})
Kind = OwnAct.Kind


def remember_reply(connection: Connection, uid: str, *, accepted: bool, now: datetime) -> None:
    """Remembers our reply on this connection, so that the following start costs no query."""
    connection.remember_word(uids.from_wire(uid) or uid, AuthorizationReply(accepted, now))


def start(connection: Connection, row: Transaction, decided: DecisionResult, *, now: datetime) -> None:
    """Records a start that the charger authorized without our approval; called at the first decision about it.

    No statement if the token was authorized on this connection; else one, and another to store the record.
    """
    if not row.id_token or row.remote_start_id is not None or decided.granted_by in _OURS:
        return
    last_reply = _last_reply(connection, row, now=now)
    if last_reply is not None and last_reply.accepted:
        return
    kind = Kind.AGAINST if last_reply else Kind.OFFLINE if row.offline else Kind.WITHOUT
    facts = charger_decisions.OwnDecision(
        kind=kind,
        id_token=row.id_token,
        detail=_detail(kind, row, decided),
        at=row.started_at,
        evse_number=row.evse_number,
        transaction=row,
        decision_id=decided.id,
        is_refused=not decided.is_accepted,
    )
    charger_decisions.record(connection.charger, facts, now=now)


def stop(connection: Connection, row: Transaction, *, now: datetime) -> None:
    """Records that another driver's card stopped a transaction. No statement if its own card, or none, stopped it."""
    if not row.stop_id_token or uids.from_wire(row.stop_id_token) == uids.from_wire(row.id_token):
        return
    if not stops.is_strangers(row):
        return
    facts = charger_decisions.OwnDecision(
        kind=Kind.STRANGER,
        id_token=row.stop_id_token,
        detail=f"Card {row.stop_id_token} stopped the session of card {row.id_token}; they share no parent.",
        at=row.stopped_at or now,
        evse_number=row.evse_number,
        transaction=row,
    )
    charger_decisions.record(connection.charger, facts, now=now)


def _last_reply(connection: Connection, row: Transaction, *, now: datetime) -> AuthorizationReply | None:
    """Returns our last reply about the card: before the start or, in 2.x, after the cable was plugged in."""
    canonical = uids.from_wire(row.id_token) or row.id_token
    since, until = row.started_at - AUTHORIZED_BEFORE, row.started_at + _AUTHORIZED_AFTER if row.offline else now
    reply = connection.words.get(canonical)
    if reply is not None and since <= reply.at <= until:
        return reply
    decisions = Decision.objects.filter(
        charger=connection.charger, canonical_uid=canonical, kind="authorize", id__gte=ids.floor(since), at__lte=until
    )
    decision = decisions.order_by("-id").only("verdict", "at").first()
    return AuthorizationReply(decision.verdict == Decision.Verdict.ACCEPTED, decision.at) if decision else None


def _detail(kind: OwnAct.Kind, row: Transaction, decided: DecisionResult) -> str:
    word = "we accept it" if decided.is_accepted else "we refuse it"
    match kind:
        case Kind.AGAINST:
            return f"We refused card {row.id_token}, and the charger began a session with it all the same."
        case Kind.OFFLINE:
            return f"The charger let card {row.id_token} in by itself while it was offline; {word} here."
        case _:
            return f"The charger let card {row.id_token} in without asking us; {word} here."
