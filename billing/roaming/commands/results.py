"""Results of partners' commands: read from the charger's answer, sent to the partner's response_url.

No command stays pending: one without an answer ends as TIMEOUT. A session that begins anyway belongs to the command
that ordered it.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import F, Q

from authorization.models import Token
from authorization.roaming.transport.routing import Route
from billing.models import PartnerCommand, RoamingConnection, Session
from billing.roaming.calling import calls
from billing.roaming.calling.calls import Call
from billing.roaming.partners import connections
from billing.roaming.publication import changes
from billing.roaming.versions import catalogue
from chargers.models import Command

State = PartnerCommand.State
_RESULTS: Final = {
    Command.State.ACCEPTED: "ACCEPTED",
    Command.State.REJECTED: "REJECTED",
    Command.State.NOT_SUPPORTED: "NOT_SUPPORTED",
    Command.State.ERROR: "FAILED",
    Command.State.OFFLINE: "FAILED",
    Command.State.TIMED_OUT: "TIMEOUT",
    Command.State.UNKNOWN: "TIMEOUT",
}
_RESERVATION_WORDS: Final = {
    "Occupied": "EVSE_OCCUPIED",
    "Faulted": "EVSE_INOPERATIVE",
    "Unavailable": "EVSE_INOPERATIVE",
}
_LINKED_WITHIN: Final = timedelta(minutes=30)
_TRIED_FOR: Final = timedelta(minutes=10)
_AGAIN_AFTER: Final = timedelta(seconds=10)


def advance(*, now: datetime) -> int:
    """Records how commands ended and which sessions they began. Returns their number."""
    pending = PartnerCommand.objects.filter(state=State.PENDING).select_related("command")
    ended = sum(_end(row, now=now) for row in pending.order_by("created_at"))
    return ended + _link_sessions(now=now)


def due(*, now: datetime) -> set[int]:
    """Returns the connections whose partner is owed a result now."""
    finished_commands = PartnerCommand.objects.filter(Q(next_try_at=None) | Q(next_try_at__lte=now), state=State.DONE)
    return set(finished_commands.values_list("connection_id", flat=True))


def send_due(connection: RoamingConnection, *, now: datetime) -> int:
    """Posts the results that the partner is owed. Uses the network."""
    rows = PartnerCommand.objects.filter(
        Q(next_try_at=None) | Q(next_try_at__lte=now), connection=connection, state=State.DONE
    )
    return sum(_send(row, connection, now=now) for row in rows.select_related("host").order_by("created_at"))


def body_of(row: PartnerCommand) -> dict[str, Any]:
    """Returns the result in the version in which it was ordered."""
    return catalogue.get_version(row.version).command_result(row.result, row.message)


def _end(row: PartnerCommand, *, now: datetime) -> bool:
    command = row.command
    state = Command.State(command.state) if command else Command.State.UNKNOWN
    if state in _RESULTS:
        result = _result(row, state, command)
    elif now >= row.deadline:
        result = "TIMEOUT"
    else:
        return False
    message = "" if result == "ACCEPTED" else (command.outcome if command else "")
    return bool(
        PartnerCommand.objects.filter(pk=row.pk, state=State.PENDING).update(
            state=State.DONE, result=result, message=message[:500], ended_at=now
        )
    )


def _result(row: PartnerCommand, state: Command.State, command: Command | None) -> str:
    word = str((command.reply or {}).get("status", "")) if command and isinstance(command.reply, dict) else ""
    if row.kind == "RESERVE_NOW" and word in _RESERVATION_WORDS:
        return _RESERVATION_WORDS[word]
    if row.kind == "CANCEL_RESERVATION" and state == Command.State.REJECTED:
        return "UNKNOWN_RESERVATION"
    if row.kind == "UNLOCK_CONNECTOR" and word in {"UnlockFailed", "OngoingAuthorizedTransaction"}:
        return "FAILED" if word == "UnlockFailed" else "REJECTED"
    return _RESULTS[state]


def _send(row: PartnerCommand, connection: RoamingConnection, *, now: datetime) -> bool:
    route = Route(sender=connections.party_of(row.host), receiver=connections.partner_party(connection))
    call = Call(
        method="POST",
        url=row.response_url,
        module="commands",
        body=body_of(row),
        route=route,
        correlation_id=row.correlation_id,
    )
    outcome = calls.send(connection, call)
    unsent_commands = PartnerCommand.objects.filter(pk=row.pk, state=State.DONE)
    if outcome.is_success or outcome.http in {200, 201, 202, 204}:
        return bool(unsent_commands.update(state=State.SENT, tries=F("tries") + 1))
    if row.ended_at is None or now - row.ended_at > _TRIED_FOR:
        unsent_commands.update(state=State.GIVEN_UP, tries=F("tries") + 1)
    else:
        unsent_commands.update(tries=F("tries") + 1, next_try_at=now + _AGAIN_AFTER * 2 ** min(row.tries, 6))
    return False


def _link_sessions(*, now: datetime) -> int:
    """Links sessions that began after their command, whatever its result (issue 475)."""
    rows = PartnerCommand.objects.filter(
        kind="START_SESSION", session=None, command__isnull=False, created_at__gt=now - _LINKED_WITHIN
    )
    linked: list[Any] = []
    for row in rows.select_related("command"):
        session = _session_of(row)
        if session is not None and PartnerCommand.objects.filter(pk=row.pk, session=None).update(session=session):
            linked.append(session.pk)
    changes.note(changes.SESSION, linked)
    return len(linked)


def _session_of(row: PartnerCommand) -> Session | None:
    assert row.command is not None
    claimed_sessions = PartnerCommand.objects.filter(session__isnull=False).values("session")
    began = Session.objects.filter(
        charger=row.charger_id,
        id_token__iexact=row.command.id_token,
        opened_at__gte=row.created_at,
        opened_at__lt=row.created_at + _LINKED_WITHIN,
        token__in=Token.objects.filter(msp__isnull=False),
    )
    return began.exclude(pk__in=claimed_sessions).order_by("opened_at").first()
