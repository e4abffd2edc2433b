"""Runs every tool of a ticket: once per form, recorded in the audit trail and on the ticket, even if refused."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from authorization import audit
from authorization.identifiers import uids
from authorization.models import User
from authorization.people import access
from authorization.people.access import NotAllowedError
from authorization.people.data_grants import GrantError
from authorization.visits import access_requests
from billing.sessions.drivers.accounts import LinkError
from billing.sessions.drivers.payment_cards import CardError
from billing.sessions.lifecycle.overrides import OverrideError
from billing.sessions.plans.subscriptions import SubscriptionError
from billing.sessions.refunds.refunds import RefundError
from chargers.commands.builder import OrderError
from chargers.commands.sending import StartRefusedError
from chargers.fleet.lifecycle import BusyError
from support.models import Ticket, ToolUse
from support.tickets import conversation
from support.tools.case import NotPossibleError

_REFUSALS: Final = (
    NotPossibleError, OrderError, OverrideError, StartRefusedError, BusyError, RefundError, SubscriptionError,
    CardError, LinkError, access_requests.AnsweredError, uids.UidError, GrantError,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A confirmed form. `once` is its id; a form sent again returns what it did."""

    tool: str
    label: str
    reason: str
    once: UUID


def use(ticket: Ticket, request: Use, act: Callable[[], str], *, by: User, now: datetime) -> ToolUse:
    """Runs the act, whose result is a sentence. A refusal is a result too, and is stored.

    `act` checks its own permission and may call card processors, so no transaction is open around it. Each audit entry
    that it writes carries the ticket's number and the reason. Raises NotAllowedError.
    """
    access.require_agent(by)
    facts = {"ticket": ticket, "tool": request.tool, "user": by, "reason": request.reason, "begun_at": now}
    row, is_new = ToolUse.objects.get_or_create(pk=request.once, defaults=facts)
    if not is_new:
        if (row.ticket_id, row.tool, row.user_id) != (ticket.pk, request.tool, by.pk):
            raise NotAllowedError
        return row
    try:
        with audit.for_ticket(ticket.label, reason=request.reason):
            result, state = act(), ToolUse.State.DONE
    except _REFUSALS as exc:
        result, state = str(exc), ToolUse.State.REFUSED
    return _save_result(row, request, state=state, result=result, now=now)


def _save_result(row: ToolUse, request: Use, *, state: ToolUse.State, result: str, now: datetime) -> ToolUse:
    """Stores the result in the row, on the ticket and in the audit trail at once."""
    row.state, row.result, row.ended_at = state, result[:1000], now
    ticket = row.ticket
    outcome = result if state == ToolUse.State.DONE else f"Nothing was done: {result}"
    with transaction.atomic():
        row.save(update_fields=["state", "result", "ended_at"])
        text = f"{request.label}, by {row.user.email if row.user else 'an agent'}. {outcome} Reason: {request.reason}"
        conversation.add_system(ticket, text, now=now)
        subject = audit.Subject("ticket", ticket.pk, ticket.label, ticket.host)
        after = {"tool": request.tool, "state": state.value, "text": result[:500]}
        audit.write("ticket.tool_used", subject, user=row.user, now=now, after=after, reason=request.reason)
    return row
