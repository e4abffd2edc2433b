"""What may be worth giving back of a receipt, with the evidence: for the person who decides, never done by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from billing.models import Receipt, Refund, Session
from billing.refunds.refunds import kinds_left
from chargers.models import StatusReport

RESTART_WITHIN: Final = timedelta(minutes=30)
"""Who starts again that soon is charged one connection fee."""
_FAULTS: Final = ("Faulted", "Unavailable")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A line that may be given back, with its reason and the evidence in one sentence."""

    line: str
    reason: Refund.Reason
    sentence: str


def of(receipt: Receipt) -> list[Suggestion]:
    """Three queries at most."""
    session, kinds = receipt.session, kinds_left(receipt)
    found: list[Suggestion] = []
    if "connection" in kinds:
        found.extend(_second_connection(session))
    if "idle" in kinds and (idle := receipt.rating.report.get("idle")):
        found.extend(_idle_at_fault(session, begin=_time(idle["from"]), end=_time(idle["to"])))
    return found


def _second_connection(session: Session) -> Iterator[Suggestion]:
    """The same driver had ended another session there a moment before, and paid for connecting."""
    same = Q(pk__in=[])
    if session.token_id is not None:
        same |= Q(token=session.token_id)
    if session.guest_email:
        same |= Q(guest_email__iexact=session.guest_email)
    begun = session.started_at or session.opened_at
    earlier = Session.objects.filter(same, property=session.property_id, state=Session.State.SETTLED).exclude(
        pk=session.pk
    )
    before = (
        earlier.filter(stopped_at__lte=begun, stopped_at__gt=begun - RESTART_WITHIN).order_by("-stopped_at").first()
    )
    if before is not None and before.stopped_at is not None:
        minutes = max(int((begun - before.stopped_at).total_seconds() // 60), 0)
        yield Suggestion(
            "connection",
            Refund.Reason.CHARGED_TWICE,
            f"The same driver's session before this one had ended {minutes} min earlier: a restart within "
            f"{RESTART_WITHIN.seconds // 60} minutes is one connection.",
        )


def _idle_at_fault(session: Session, *, begin: datetime, end: datetime) -> Iterator[Suggestion]:
    """The connector reported a fault during the idle time: the vehicle may not have been released."""
    rows = StatusReport.objects.filter(
        charger=session.charger_id, evse_number=session.evse_number, status__in=_FAULTS, at__gte=begin, at__lte=end
    )
    if (fault := rows.order_by("at").first()) is not None:
        yield Suggestion(
            "idle",
            Refund.Reason.NOT_IDLE,
            f"The connector reported {fault.status} while the idle fee ran: the cable may not have come out.",
        )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
