"""Loads the facts for the causes from the rows of one session's charger."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from django.db.models import F, Q

from billing.charts.power_curve import PowerReading, Span
from billing.engine import idle
from billing.models import ChargingStateReport, Session
from billing.pricing import session_facts
from chargers.models import Charger, Command, MeterValue, StatusReport, Transaction, WithheldPower
from support.diagnosis.causes import SOON, ChargeFacts, ReportedStatus

_BEFORE: Final = timedelta(minutes=10)
_RECENT: Final = timedelta(hours=2)
_RESTARTS_WITHIN: Final = timedelta(minutes=5)
_SENT: Final = (Command.State.SENT, Command.State.ACCEPTED, Command.State.TIMED_OUT, Command.State.UNKNOWN)
_MAX_READINGS: Final = 20_000
_MAX_STATUSES: Final = 200
_STATES: Final = {
    "Charging": "Charging",
    "EVConnected": "Preparing",
    "SuspendedEV": "SuspendedEV",
    "SuspendedEVSE": "SuspendedEVSE",
    "Idle": "Available",
}


def of_session(session: Session, *, now: datetime) -> ChargeFacts:
    """Loads a session's facts; it comes with `charger` and `transaction`. At most seven queries."""
    row = session.transaction
    if row is None:
        return ChargeFacts(
            now=now,
            started_at=None,
            is_online=session.charger.is_online(),
            offline_since=_offline_since(session.charger),
            reset_sent_at=_reset_sent_at(session.charger, now=now),
            statuses=tuple(_statuses(session.charger, session.evse_number, session.opened_at - _BEFORE, now)),
        )
    end = row.stopped_at or now
    is_never_stopped = row.case == Transaction.Case.NEVER_STOPPED
    # A restart explains only a transaction that runs, or has no end.
    may_restart = row.stopped_at is None or is_never_stopped
    values = list(_values(row))
    return ChargeFacts(
        now=now,
        started_at=row.started_at,
        stopped_at=row.stopped_at,
        stop_reason=row.stop_reason,
        is_never_stopped=is_never_stopped,
        is_refused=row.came_to_nothing,
        is_online=session.charger.is_online(),
        offline_since=_offline_since(session.charger),
        reset_sent_at=_reset_sent_at(session.charger, now=now) if may_restart else None,
        energy_wh=row.energy_wh or 0,
        soc_pct=next((soc for _, _, _, soc in reversed(values) if soc is not None), row.soc_pct),
        readings=tuple(_powers(row, values)),
        statuses=tuple(_merge_statuses(row, session.charger, end=end + _BEFORE)),
        withheld=_load_withheld_spans(row, end=end),
        gaps=tuple(_find_contact_gaps(row, end=end)),
        short_ones=_short_ones(row),
    )


def _find_contact_gaps(row: Transaction, *, end: datetime) -> Iterator[Span]:
    moved = session_facts.clock_correction(row.charger)
    server_span = idle.Span(start=row.started_at + moved, end=end + moved if row.stopped_at else end)
    for gap in session_facts.contact_gaps(row, span=server_span):
        yield Span(gap.start, gap.end)


def of_charger(charger: Charger, *, now: datetime) -> ChargeFacts:
    """Loads only a charger's connection, for a diagnosis without a session. One query if it is offline, else none."""
    return ChargeFacts(
        now=now,
        started_at=None,
        is_online=charger.is_online(),
        offline_since=_offline_since(charger),
        reset_sent_at=_reset_sent_at(charger, now=now),
    )


def _reset_sent_at(charger: Charger, *, now: datetime) -> datetime | None:
    """Returns when the newest Reset was sent, while it may still be in progress; not for a refused one."""
    if charger.is_online():
        return None
    resets = Command.objects.filter(charger=charger, action="Reset", state__in=_SENT)
    recent = resets.filter(sent_at__gt=now - _RESTARTS_WITHIN, sent_at__lte=now)
    return recent.order_by("-sent_at").values_list("sent_at", flat=True).first()


def _offline_since(charger: Charger) -> datetime | None:
    return None if charger.is_online() else charger.disconnected_at


Values = tuple[datetime, int | None, int | None, int | None]


def _values(row: Transaction) -> Iterator[Values]:
    """Yields time, register, power and state of charge, in order of time."""
    rows = MeterValue.objects.filter(transaction=row).order_by("at")
    yield from rows.values_list("at", "register_wh", "power_w", "soc_pct")[:_MAX_READINGS]


def _powers(row: Transaction, values: list[Values]) -> Iterator[PowerReading]:
    """Yields the reported power; if none is reported, the average power between register readings."""
    if any(power is not None for _, _, power, _ in values):
        yield from (PowerReading(at, power) for at, _, power, _ in values if power is not None)
        return
    start = [(row.started_at, row.meter_start_wh)] if row.meter_start_wh is not None else []
    points = [*start, *((at, wh) for at, wh, _, _ in values if wh is not None)]
    for (before, first), (at, last) in pairwise(points):
        seconds = (at - before).total_seconds()
        if seconds > 0 and last >= first:
            yield PowerReading(at, round((last - first) * 3600 / seconds))


def _statuses(charger: Charger, evse: int | None, since: datetime, until: datetime) -> Iterator[ReportedStatus]:
    """Yields the statuses of the outlet and of the whole charger, in order; only the newest if there are very many."""
    rows = StatusReport.objects.filter(charger=charger, at__gte=since, at__lte=until)
    if evse is not None:
        rows = rows.filter(Q(evse_number=evse) | Q(evse_number=None))
    for report in reversed(rows.order_by("-at", "-id")[:_MAX_STATUSES]):
        yield ReportedStatus(
            at=report.at, status=report.status, error_code=report.error_code, vendor_error_code=report.vendor_error_code
        )


def _merge_statuses(row: Transaction, charger: Charger, *, end: datetime) -> list[ReportedStatus]:
    """Returns the connector's statuses and, in OCPP 2.x, the transaction's charging states."""
    states = [] if row.ocpp_version == "1.6" else list(_charging_states(row, end=end))
    plain = _statuses(charger, row.evse_number, row.started_at - _BEFORE, end)
    # In 2.x a connector only reports that it is occupied; the transaction's charging state tells what the car does.
    reported = [status for status in plain if not (states and status.status == "Occupied")]
    return sorted([*reported, *states], key=lambda reported_status: reported_status.at)


def _charging_states(row: Transaction, *, end: datetime) -> Iterator[ReportedStatus]:
    reports = ChargingStateReport.objects.filter(transaction=row, at__lte=end).order_by("-at")[:_MAX_STATUSES]
    for report in reports:
        yield ReportedStatus(at=report.at, status=_STATES.get(report.state, report.state))


def _load_withheld_spans(row: Transaction, *, end: datetime) -> tuple[Span, ...]:
    rows = WithheldPower.objects.filter(transaction=row, began_at__lt=end).order_by("began_at")
    return tuple(Span(began, ended or end) for began, ended in rows.values_list("began_at", "ended_at"))


def _short_ones(row: Transaction) -> int:
    """Counts this transaction and earlier ones at the same outlet that ended within minutes."""
    until = row.started_at + timedelta(seconds=1)
    rows = Transaction.objects.filter(
        charger=row.charger_id, evse_number=row.evse_number, started_at__gt=until - _RECENT, started_at__lte=until
    )
    return rows.filter(stopped_at__isnull=False, stopped_at__lt=F("started_at") + SOON).count()
