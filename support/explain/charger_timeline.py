"""A charger's timeline within a span of time: messages, decisions, commands, statuses, people's acts in order."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.urls import reverse

from authorization import audit
from authorization.decide import reasons
from authorization.models import AuditEntry, Decision
from billing.engine.values import units
from chargers.acts import hardware_swaps as acts
from chargers.commands import wording
from chargers.fleet import hardware_swaps
from chargers.fleet.hardware_swaps import Hardware
from chargers.lib import ids
from chargers.models import Charger, Command, FailedHandshake, Message, OwnAct, RecoveryStep, StatusReport, Transaction
from support.explain import timeline
from support.explain.timeline import Kind, Moment
from support.models import Ticket

LIMIT: Final = 300
"""The most moments per source; the newest are used."""
_LATEST_WITHIN: Final = timedelta(days=7)
_IN_OTHERS: Final = ("Authorize", "Heartbeat", "MeterValues", "StatusNotification")
"""Messages whose content is in the timeline as another fact, or is not relevant."""
_DONE: Final = frozenset({"accepted"})
_UNDER_WAY: Final = frozenset({"queued", "sent"})


@dataclass(frozen=True, slots=True)
class Span:
    """From `begin` until before `end`, aware; from each source the newest `most`."""

    begin: datetime
    end: datetime
    most: int = LIMIT


def moments_of(charger: Charger, span: Span, *, sources: Collection[str]) -> list[Moment]:
    """Returns all moments of these sources, oldest first. One query per source."""
    moments = [moment for name, load in _LOADERS.items() if name in sources for moment in load(charger, span)]
    return sorted(moments, key=lambda moment: moment.at)


def latest(charger: Charger, *, now: datetime, limit: int) -> list[Moment]:
    """Returns the newest moments of the last week, newest first, without raw messages.

    Seven queries, and an eighth where the hardware was replaced.
    """
    span = Span(now - _LATEST_WITHIN, now + timedelta(minutes=1), most=2 * limit)
    sources = [source for source in HARDWARE if source != "Message"]
    return moments_of(charger, span, sources=sources)[::-1][:limit]


def _messages(charger: Charger, span: Span) -> Iterator[Moment]:
    rows = Message.objects.filter(charger=charger, id__gte=ids.floor(span.begin), id__lt=ids.floor(span.end))
    for row in rows.exclude(action__in=_IN_OTHERS, is_error=False).order_by("-id")[: span.most]:
        yield timeline.of_message(row, charger)


def _decisions(charger: Charger, span: Span) -> Iterator[Moment]:
    rows = Decision.objects.filter(charger=charger, id__gte=ids.floor(span.begin), id__lt=ids.floor(span.end))
    for row in rows.order_by("-id")[: span.most]:
        page = reverse("authorization:decision", args=[row.pk])
        reason = reasons.CATALOGUE.get(row.reason)
        if row.verdict == Decision.Verdict.ACCEPTED:
            yield Moment(row.at, "ok", "A card was accepted", "Decision", row.uid, page)
        else:
            sentence = f"A card was refused: {reason.title if reason else row.reason}"
            yield Moment(row.at, "bad", sentence, "Decision", row.uid, page)


def _commands(charger: Charger, span: Span) -> Iterator[Moment]:
    rows = Command.objects.filter(charger=charger, created_at__gte=span.begin, created_at__lt=span.end)
    for row in rows.order_by("-created_at")[: span.most]:
        kind: Kind = "ok" if row.state in _DONE else "busy" if row.state in _UNDER_WAY else "warn"
        page = reverse("chargers:command", args=[charger.charger_id, row.pk])
        sentence = f"{wording.command_title(row)}: {row.get_state_display()}"
        yield Moment(row.created_at, kind, sentence, "Command", audit.name(row.origin), page)


def _statuses(charger: Charger, span: Span) -> Iterator[Moment]:
    """Yields the statuses, leaving out repeats at a connector."""
    rows = StatusReport.objects.filter(charger=charger, at__gte=span.begin, at__lt=span.end).order_by("-at", "-id")
    last: dict[tuple[int | None, int | None], str] = {}
    for row in reversed(rows[: span.most]):
        connector = (row.evse_number, row.connector_number)
        if last.get(connector) == row.status:
            continue
        last[connector] = row.status
        component = f"Connector {row.evse_number}" if row.evse_number else "The charger"
        kind: Kind = "bad" if row.status == "Faulted" else "warn" if row.status == "Unavailable" else "unknown"
        error = row.error_code if row.error_code != "NoError" else ""
        detail = ", ".join(filter(None, (error, row.vendor_error_code, row.status_info)))
        yield Moment(row.at, kind, f"{component} is {row.status}", "Status", detail)


def _transactions(charger: Charger, span: Span) -> Iterator[Moment]:
    rows = Transaction.objects.filter(charger=charger, started_at__gte=span.begin, started_at__lt=span.end)
    for row in rows.order_by("-started_at")[: span.most]:
        number = f"transaction {row.transaction_id}"
        yield Moment(row.started_at, "busy", f"Charging began, {number}", "Transaction", row.id_token)
        if row.stopped_at is not None and row.stopped_at < span.end:
            energy = f"register at {units.kwh(row.meter_stop_wh)} kWh" if row.meter_stop_wh is not None else ""
            detail = ", ".join(filter(None, (row.stop_reason, energy)))
            yield Moment(row.stopped_at, "ok", f"Charging ended, {number}", "Transaction", detail)


def _connections(charger: Charger, span: Span) -> Iterator[Moment]:
    page = reverse("chargers:connection", args=[charger.charger_id])
    rows = FailedHandshake.objects.filter(charger=charger, at__gte=span.begin, at__lt=span.end)
    for row in rows.order_by("-at")[: span.most]:
        yield Moment(row.at, "bad", f"A connection was refused: {row.get_reason_display()}", "Connection", "", page)
    for at, kind, sentence in (
        (charger.connected_at, "ok", "The charger connected"),
        (charger.disconnected_at, "warn", "The charger lost its connection"),
    ):
        if at is not None and span.begin <= at < span.end:
            yield Moment(at, "ok" if kind == "ok" else "warn", sentence, "Connection", "", page)


def _own_acts(charger: Charger, span: Span) -> Iterator[Moment]:
    rows = OwnAct.objects.filter(charger=charger, at__gte=span.begin, at__lt=span.end)
    for row in rows.order_by("-at")[: span.most]:
        yield Moment(row.at, "warn", row.get_kind_display(), "Charger decided offline", row.detail)


def _ladder(charger: Charger, span: Span) -> Iterator[Moment]:
    """Yields what the safe ladder tried, and how it ended."""
    page = reverse("chargers:overview", args=[charger.charger_id])
    rows = RecoveryStep.objects.filter(charger=charger, taken_at__gte=span.begin, taken_at__lt=span.end)
    for row in rows.order_by("-taken_at")[: span.most]:
        kind: Kind = "ok" if row.effect == RecoveryStep.Effect.RECOVERED else "warn"
        sentence = f"The safe ladder: {row.get_step_display().lower()}"
        detail = row.get_effect_display() if row.command_id else ""
        yield Moment(row.taken_at, kind, sentence, "Safe ladder", detail, page)


def _hardware(charger: Charger, span: Span) -> Iterator[Moment]:
    """Yields when the hardware was replaced, with both ids, and the serial numbers as far as they were reported."""
    page = f"{reverse('chargers:setup', args=[charger.charger_id])}#hardware"
    for replacement in hardware_swaps.list_of(charger):
        if span.begin <= replacement.row.at < span.end:
            newer, former = _describe_hardware(replacement.newer), _describe_hardware(replacement.former)
            sentence = f"The hardware was replaced: {newer} instead of {former}"
            detail = ", ".join(filter(None, (audit.name(replacement.row.by), replacement.row.reason)))
            yield Moment(replacement.row.at, "unknown", sentence, "Hardware", detail, page)


def _describe_hardware(hardware: Hardware) -> str:
    if not hardware.serial_number:
        return hardware.charger_id
    return f"{hardware.charger_id} (serial number {hardware.serial_number})"


def _people(charger: Charger, span: Span) -> Iterator[Moment]:
    rows = AuditEntry.objects.filter(
        subject_type="charger",
        subject_id__in=[str(charger.pk), charger.lasting_id()],
        at__gte=span.begin,
        at__lt=span.end,
    ).exclude(verb=acts.VERB)
    for row in rows.order_by("-at")[: span.most]:
        action = row.verb.partition(".")[2].replace("_", " ") or row.verb
        yield Moment(row.at, "unknown", f"{audit.name(row.actor)}: {action}", "People", row.reason)


def _tickets(charger: Charger, span: Span) -> Iterator[Moment]:
    rows = Ticket.objects.filter(charger=charger, opened_at__gte=span.begin, opened_at__lt=span.end)
    for row in rows.order_by("-id")[: span.most]:
        page = reverse("admin:support_ticket_change", args=[row.pk])
        yield Moment(row.opened_at, "unknown", f"{row.label} was opened: {row.subject}", "Ticket", "", page)


_LOADERS: Final[Mapping[str, Callable[[Charger, Span], Iterator[Moment]]]] = {
    "Message": _messages,
    "Decision": _decisions,
    "Command": _commands,
    "Status": _statuses,
    "Transaction": _transactions,
    "Connection": _connections,
    "Charger decided offline": _own_acts,
    "Safe ladder": _ladder,
    "Hardware": _hardware,
    "People": _people,
    "Ticket": _tickets,
}
HARDWARE: Final = (
    "Message",
    "Decision",
    "Command",
    "Status",
    "Transaction",
    "Connection",
    "Charger decided offline",
    "Safe ladder",
    "Hardware",
)
"""Sources that everybody who sees the charger may see."""
PEOPLE: Final = ("People",)
"""Sources for those who manage the host."""
AGENTS: Final = ("Ticket",)
