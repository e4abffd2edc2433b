"""Support's help for a guest who is stuck: a session that another party pays for, or the end of a bill."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from authorization import audit
from authorization.models import User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import Session
from billing.sessions.allowances import first_line
from billing.sessions.lifecycle import overrides
from billing.sessions.lifecycle.overrides import OverrideError, OverrideRequest
from billing.sessions.settlement import settle
from chargers.commands import builder, sending
from chargers.commands.builder import Details, UsualAction
from chargers.commands.sending import StartRefusedError
from chargers.models import Command


def start(request: OverrideRequest, *, idempotency_key: UUID, by: User, now: datetime) -> tuple[Session, Command]:
    """Opens the session with its limits and orders its start at the charger.

    For support. Raises NotAllowedError, LimitError, OverrideError and StartRefusedError; after an error no session
    waits.
    """
    access.require_agent(by, Right.OPERATE)
    access.require_at(by, Right.OPERATE, request.charger)
    access.require(by, Right.HANDLE_MONEY, request.charger.property.host)
    first_line.check(by, lambda: first_line.of_override(request))
    with transaction.atomic():
        session = overrides.order(request, by=audit.actor(by), now=now)
        audit.write(
            "session.override", _subject(session), user=by, now=now, after=_audit_values(request), reason=request.reason
        )
    try:
        command = _send_start(session, request, idempotency_key=idempotency_key, by=by, now=now)
    except StartRefusedError:
        settle.fail(session.pk, why=session.rate_sentences, now=now)
        raise
    if command.state == Command.State.OFFLINE:
        settle.fail(session.pk, why=command.outcome_sentences, now=now)
        raise OverrideError(f"Nothing was started. {command.outcome}")
    return session, command


def stop_billing(session: Session, *, reason: str, by: User, now: datetime) -> bool:
    """Bills nothing of the session after this moment; charging continues.

    False if it has ended. Raises NotAllowedError.
    """
    access.require_agent(by, Right.OPERATE)
    access.require(by, Right.HANDLE_MONEY, session.host)
    with transaction.atomic():
        is_done = overrides.stop_billing(session, now=now)
        if is_done:
            after = {"billed_until": now.isoformat()}
            audit.write("session.billing_stopped", _subject(session), user=by, now=now, after=after, reason=reason)
    return is_done


def _send_start(
    session: Session, request: OverrideRequest, *, idempotency_key: UUID, by: User, now: datetime
) -> Command:
    details = Details(evse_number=request.evse_number, uid=session.id_token, remote_start_id=sending.new_request_id())
    order = builder.build(UsualAction.START, details, version=sending.version_of(request.charger))
    return sending.send(request.charger, order, by=by, now=now, submission_id=idempotency_key)


def _audit_values(request: OverrideRequest) -> dict[str, Any]:
    return {
        "payer": request.payer.value,
        "most_wh": request.most_wh,
        "most_minutes": int(request.most.total_seconds() // 60),
        "most_minor": request.most_minor,
        "starts_before": request.starts_before.isoformat(),
    }


def _subject(session: Session) -> audit.Subject:
    return audit.Subject("session", session.pk, str(session.charger), session.host)
