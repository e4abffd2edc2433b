"""Commands to the ticket's charger.

Each checks that its caller may operate it, and returns its result as a sentence.
"""

from datetime import datetime
from uuid import UUID

from authorization.identifiers import uids
from authorization.models import User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import Session
from billing.sessions.lifecycle.overrides import OverrideRequest
from billing.sessions.settlement.acts import overrides
from chargers.commands import builder, sending
from chargers.commands.builder import Details, UsualAction
from chargers.models import Charger, Transaction
from support.tools import charger_previews
from support.tools.case import NotPossibleError, clock_at


def stop(charger: Charger, row: Transaction, *, idempotency_key: UUID, by: User, now: datetime) -> str:
    """Ends a running session. Raises NotAllowedError, OrderError and NotPossibleError."""
    if not Transaction.objects.filter(pk=row.pk, stopped_at=None).exists():
        raise NotPossibleError("That session has ended already.")
    return _send(
        charger,
        UsualAction.STOP,
        Details(transaction_id=row.transaction_id),
        idempotency_key=idempotency_key,
        by=by,
        now=now,
    )


def unlock(charger: Charger, evse_number: int, *, idempotency_key: UUID, by: User, now: datetime) -> str:
    """Releases the plug. Raises NotAllowedError, OrderError and NotPossibleError."""
    return _send(
        charger, UsualAction.UNLOCK, Details(evse_number=evse_number), idempotency_key=idempotency_key, by=by, now=now
    )


def reset(charger: Charger, kind: charger_previews.ResetKind, *, idempotency_key: UUID, by: User, now: datetime) -> str:
    """Restarts the charger. Raises NotAllowedError, OrderError and NotPossibleError."""
    action = UsualAction.RESET_HARD if kind == "hard" else UsualAction.RESET_SOFT
    return _send(charger, action, Details(), idempotency_key=idempotency_key, by=by, now=now)


def ask_status(charger: Charger, *, idempotency_key: UUID, by: User, now: datetime) -> str:
    """Asks for the state of the connectors. Raises NotAllowedError, OrderError and NotPossibleError."""
    return _send(charger, UsualAction.TRIGGER_STATUS, Details(), idempotency_key=idempotency_key, by=by, now=now)


def start(charger: Charger, uid: str, *, evse_number: int, idempotency_key: UUID, by: User, now: datetime) -> str:
    """Starts for a card whose payer is known. Raises NotAllowedError, NotPossibleError, StartRefusedError, UidError."""
    charger_previews.payable(charger, uids.of_card(uid), evse_number=evse_number, now=now)
    details = Details(evse_number=evse_number, uid=uids.of_card(uid), remote_start_id=sending.new_request_id())
    return _send(charger, UsualAction.START, details, idempotency_key=idempotency_key, by=by, now=now)


def override(request: OverrideRequest, *, idempotency_key: UUID, by: User, now: datetime) -> str:
    """Starts a session paid from the guest's hold, by the host or by the platform.

    Raises NotAllowedError, OverrideError.
    """
    session, command = overrides.start(request, idempotency_key=idempotency_key, by=by, now=now)
    return f"{charger_previews.describe_sent_command(command)} Session {session.pk}."


def stop_billing(session: Session, *, reason: str, by: User, now: datetime) -> str:
    """Ends the billing, but not the charging. Raises NotAllowedError and NotPossibleError."""
    if not overrides.stop_billing(session, reason=reason, by=by, now=now):
        raise NotPossibleError("That session is priced already, or its bill was ended before.")
    since = clock_at(session.charger, now)
    return f"From {since} on nothing is billed at {session.charger.station_id}; charging goes on."


def _send(
    charger: Charger, action: UsualAction, details: Details, *, idempotency_key: UUID, by: User, now: datetime
) -> str:
    access.require_at(by, Right.OPERATE, charger)
    order = builder.build(action, details, version=sending.version_of(charger))
    return charger_previews.describe_sent_command(
        sending.send(charger, order, by=by, now=now, submission_id=idempotency_key)
    )
