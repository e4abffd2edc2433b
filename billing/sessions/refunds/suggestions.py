"""Suggested refunds of a receipt, with the evidence. Nothing is refunded here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q

from billing.formatting import stored_sentences
from billing.models import Receipt, Refund, Session
from billing.sentences.doubts import DoubtCode
from billing.sessions.refunds.refunds import kinds_left
from chargers.models import StatusReport, Transaction
from chargers.sentences import stored
from chargers.sentences.stored import Sentences

RESTART_WITHIN: Final = timedelta(minutes=30)
"""A driver who starts again within this time is charged one connection fee."""
_FAULTS: Final = ("Faulted", "Unavailable")
_BROKE_OFF: Final = frozenset(
    {
        "PowerLoss", "PowerQuality", "Reboot", "HardReset", "SoftReset", "ImmediateReset", "GroundFault",
        "OvercurrentFault",
    }
)  # fmt: skip
"""Stop reasons that neither driver nor vehicle causes: OCPP 1.6 section 7.37, OCPP 2.0.1 ReasonEnumType."""
_SOON: Final = timedelta(minutes=10)
_LITTLE_WH: Final = 1000
_NOTHING_WH: Final = 100
_AT_ONCE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A line that may be refunded, with its reason and the evidence.

    `is_certain`: the records allow no other explanation, so that the guest may be offered the refund without asking.
    """

    line: str
    reason: Refund.Reason
    sentences: Sentences
    is_certain: bool

    @property
    def sentence(self) -> str:
        """Returns the reason in the active language and time zone."""
        return stored_sentences.local(self.sentences)


def suggest(receipt: Receipt) -> list[Suggestion]:
    """Returns at most one suggestion for each line. Five queries at most."""
    session, kinds = receipt.session, kinds_left(receipt)
    suggestions = list(_broken_off(session, kinds))
    if "connection" in kinds and not any(suggestion.line == "connection" for suggestion in suggestions):
        suggestions.extend(_second_connection(session))
    if "idle" in kinds and (idle := receipt.rating.report.get("idle")):
        suggestions.extend(_idle_at_fault(session, idle))
    return suggestions


def _broken_off(session: Session, kinds: list[str]) -> Iterator[Suggestion]:
    """Suggests the connection fee if the charger ended the session early; if no energy flowed, the time as well."""
    row = session.transaction
    if row is None or row.stopped_at is None or row.stop_reason not in _BROKE_OFF:
        return
    duration, energy = row.stopped_at - row.started_at, _energy_wh(row)
    if energy is None or (duration > _SOON and energy >= _LITTLE_WH):
        return
    minutes = max(int(duration.total_seconds() // 60), 0)
    sentences, lines = stored.build_sentence(DoubtCode.BROKE_OFF, minutes=minutes, energy_wh=energy), ["connection"]
    if energy < _NOTHING_WH:
        sentences, lines = stored.build_sentence(DoubtCode.NOTHING_DELIVERED, minutes=minutes), ["connection", "time"]
    for line in lines:
        if line in kinds:
            reason = Refund.Reason.NOT_DELIVERED
            yield Suggestion(line=line, reason=reason, sentences=sentences, is_certain=True)


def _second_connection(session: Session) -> Iterator[Suggestion]:
    """Suggests the connection fee if the same driver ended another session there a moment before, and paid for
    connecting.
    """
    same = Q(pk__in=[])
    if session.token_id is not None:
        same |= Q(token=session.token_id)
    if session.guest_email:
        same |= Q(guest_email__iexact=session.guest_email)
    begun_at = session.started_at or session.opened_at
    earlier = Session.objects.filter(same, property=session.property_id, state=Session.State.SETTLED).exclude(
        pk=session.pk
    )
    ended = earlier.filter(stopped_at__lte=begun_at, stopped_at__gt=begun_at - RESTART_WITHIN).select_related(
        "transaction"
    )
    before = ended.order_by("-stopped_at").first()
    if before is not None and before.stopped_at is not None:
        minutes = max(int((begun_at - before.stopped_at).total_seconds() // 60), 0)
        window_minutes = RESTART_WITHIN.seconds // 60
        yield Suggestion(
            line="connection",
            reason=Refund.Reason.CHARGED_TWICE,
            sentences=stored.build_sentence(DoubtCode.CONNECTED_TWICE, minutes=minutes, within=window_minutes),
            is_certain=_is_restart(session, before),
        )


def _is_restart(session: Session, before: Session) -> bool:
    """Whether it was the same car, rather than a second one with the same card: the same outlet, or the first charger
    broke off.
    """
    if before.charger_id == session.charger_id and before.evse_number == session.evse_number:
        return True
    return before.transaction is not None and before.transaction.stop_reason in _BROKE_OFF


def _idle_at_fault(session: Session, idle: Mapping[str, Any]) -> Iterator[Suggestion]:
    """Suggests the idle fee if the connector reported a fault during it, because the vehicle may not have been
    released.

    Certain if the fault began before anything was billed, or at once after, and lasted.
    """
    begin, end = _time(idle["from"]), _time(idle["to"])
    reports = StatusReport.objects.filter(charger=session.charger_id, evse_number=session.evse_number, at__lte=end)
    fault = reports.filter(status__in=_FAULTS, at__gte=begin).order_by("at").first()
    if fault is None:
        return
    works_again = reports.filter(at__gt=fault.at, at__lt=end - _AT_ONCE).exclude(status__in=_FAULTS)
    in_time = fault.at <= begin + timedelta(seconds=idle.get("grace_s", 0)) + _AT_ONCE
    yield Suggestion(
        line="idle",
        reason=Refund.Reason.NOT_IDLE,
        sentences=stored.build_sentence(DoubtCode.FAULT_WHILE_IDLE, fault_at=fault.at.isoformat()),
        is_certain=fault.status == "Faulted" and in_time and not works_again.exists(),
    )


def _energy_wh(row: Transaction) -> int | None:
    last = row.meter_stop_wh if row.meter_stop_wh is not None else row.register_wh
    if row.meter_start_wh is None or last is None:
        return None
    return int(max(last - row.meter_start_wh, 0))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
