"""Results of partners' commands: read from the charger's answer, posted to the partner's response_url.

No command stays pending: one that the charger did not answer by its deadline ends as TIMEOUT. A session that begins
anyway belongs to the command that ordered it.
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
_RESULT_BY_STATE: Final = {
    Command.State.ACCEPTED: "ACCEPTED",
    Command.State.REJECTED: "REJECTED",
    Command.State.NOT_SUPPORTED: "NOT_SUPPORTED",
    Command.State.ERROR: "FAILED",
    Command.State.OFFLINE: "FAILED",
    Command.State.TIMED_OUT: "TIMEOUT",
    Command.State.UNKNOWN: "TIMEOUT",
}
_RESULT_BY_RESERVATION_STATUS: Final = {
    "Occupied": "EVSE_OCCUPIED",
    "Faulted": "EVSE_INOPERATIVE",
    "Unavailable": "EVSE_INOPERATIVE",
}
_MAX_START_DELAY: Final = timedelta(minutes=30)
"""A session that begins later than this after a command is not taken for its effect."""
_MAX_RETRY_TIME: Final = timedelta(minutes=10)
"""How long after the command's end its result is offered to the partner."""
_FIRST_RETRY_DELAY: Final = timedelta(seconds=10)
"""The delay after the first failed attempt; it doubles with each further one."""


def advance(*, now: datetime) -> int:
    """Ends pending commands that were answered or are past their deadline, and links the sessions that they started.

    Returns how many commands were ended and how many sessions were linked, together.
    """
    pending = PartnerCommand.objects.filter(state=State.PENDING).select_related("command")
    ended = sum(_end(row, now=now) for row in pending.order_by("created_at"))
    return ended + _link_sessions(now=now)


def due(*, now: datetime) -> set[int]:
    """Returns the primary keys of connections to whose partner a result has to be posted now."""
    finished_commands = PartnerCommand.objects.filter(Q(next_try_at=None) | Q(next_try_at__lte=now), state=State.DONE)
    return set(finished_commands.values_list("connection_id", flat=True))


def send_due(connection: RoamingConnection, *, now: datetime) -> int:
    """Posts the results that are due to the partner. Over the network. Returns how many it accepted."""
    rows = PartnerCommand.objects.filter(
        Q(next_try_at=None) | Q(next_try_at__lte=now), connection=connection, state=State.DONE
    )
    return sum(_send(row, connection, now=now) for row in rows.select_related("host").order_by("created_at"))


def body_of(row: PartnerCommand) -> dict[str, Any]:
    """Returns the command's result as the OCPI version of the request writes it."""
    return catalogue.get_version(row.version).command_result(row.result, row.message)


def _end(row: PartnerCommand, *, now: datetime) -> bool:
    """Ends the command if its result is certain by now. Returns whether it did."""
    command = row.command
    state = Command.State(command.state) if command else Command.State.UNKNOWN
    if state in _RESULT_BY_STATE:
        result = _find_result(row, state, command)
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


def _find_result(row: PartnerCommand, state: Command.State, command: Command | None) -> str:
    """Returns the result (OCPI 2.2.1 13.4.1 CommandResultType) that the state and the charger's reply mean."""
    status = str((command.reply or {}).get("status", "")) if command and isinstance(command.reply, dict) else ""
    if row.kind == "RESERVE_NOW" and status in _RESULT_BY_RESERVATION_STATUS:
        return _RESULT_BY_RESERVATION_STATUS[status]
    if row.kind == "CANCEL_RESERVATION" and state == Command.State.REJECTED:
        return "UNKNOWN_RESERVATION"
    if row.kind == "UNLOCK_CONNECTOR" and status in {"UnlockFailed", "OngoingAuthorizedTransaction"}:
        return "FAILED" if status == "UnlockFailed" else "REJECTED"
    return _RESULT_BY_STATE[state]


def _send(row: PartnerCommand, connection: RoamingConnection, *, now: datetime) -> bool:
    """Posts the result. Returns whether the partner accepted it; if not, it is retried until _MAX_RETRY_TIME."""
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
    unsent_command = PartnerCommand.objects.filter(pk=row.pk, state=State.DONE)
    if outcome.is_success or outcome.http in {200, 201, 202, 204}:
        return bool(unsent_command.update(state=State.SENT, tries=F("tries") + 1))
    if row.ended_at is None or now - row.ended_at > _MAX_RETRY_TIME:
        unsent_command.update(state=State.GIVEN_UP, tries=F("tries") + 1)
    else:
        unsent_command.update(tries=F("tries") + 1, next_try_at=now + _FIRST_RETRY_DELAY * 2 ** min(row.tries, 6))
    return False


def _link_sessions(*, now: datetime) -> int:
    """Links the sessions that partners' start commands began, whatever the commands' results (OCPI issue 475).

    A charger may start although its answer came too late or got lost. Returns the number of linked sessions.
    """
    rows = PartnerCommand.objects.filter(
        kind="START_SESSION", session=None, command__isnull=False, created_at__gt=now - _MAX_START_DELAY
    )
    linked_session_pks: list[Any] = []
    for row in rows.select_related("command"):
        session = _find_started_session(row)
        if session is not None and PartnerCommand.objects.filter(pk=row.pk, session=None).update(session=session):
            linked_session_pks.append(session.pk)
    changes.note(changes.SESSION, linked_session_pks)
    return len(linked_session_pks)


def _find_started_session(row: PartnerCommand) -> Session | None:
    """Returns the first session of the ordered token at the charger since the command, if no other command has it."""
    assert row.command is not None
    claimed_sessions = PartnerCommand.objects.filter(session__isnull=False).values("session")
    candidates = Session.objects.filter(
        charger=row.charger_id,
        id_token__iexact=row.command.id_token,
        opened_at__gte=row.created_at,
        opened_at__lt=row.created_at + _MAX_START_DELAY,
        token__in=Token.objects.filter(msp__isnull=False),
    )
    return candidates.exclude(pk__in=claimed_sessions).order_by("opened_at").first()
