"""Maintenance windows: planned, in force, ended early or on time, and their effects on chargers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from chargers.availability.uptime import Span
from chargers.commands import builder, queue
from chargers.commands.builder import Details, UsualAction
from chargers.commands.queue import CommandRequest
from chargers.models import Charger, Command, MaintainedCharger, Maintenance, OutageExclusion, Property, Reservation
from chargers.protocol.frames import Payload, Version

SHOWN_BEFORE: Final = timedelta(hours=24)
LONGEST: Final = timedelta(days=30)
FARTHEST: Final = timedelta(days=366)
_ASKED_AGAIN_AFTER: Final = timedelta(minutes=2)
_KEPT_TRYING: Final = timedelta(days=7)
Switch = MaintainedCharger.Switch
_RESERVED: Final = (Reservation.State.ASKED, Reservation.State.ACTIVE)


class MaintenanceError(Exception):
    """Nothing was planned; the message is a sentence for the user, `field` the field that it is about."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The window to plan. `chargers` belong to the property, at least one."""

    span: Span
    chargers: Sequence[Charger]
    reason: str
    refuses_starts: bool


def plan(property_: Property, details: Plan, *, by: str, now: datetime) -> Maintenance:
    """Stores the window; outages within it do not count. Call it in a transaction. Raises MaintenanceError."""
    _check(property_, details, now=now)
    planned_window = Maintenance.objects.create(
        property=property_,
        begins_at=details.span.begins_at,
        ends_at=details.span.ends_at,
        reason=details.reason.strip(),
        refuses_starts=details.refuses_starts,
        planned_by=by,
        planned_at=now,
    )
    for charger in details.chargers:
        excluded = OutageExclusion.objects.create(
            charger=charger,
            kind=OutageExclusion.Kind.MAINTENANCE,
            begins_at=planned_window.begins_at,
            ends_at=planned_window.ends_at,
            reason=planned_window.reason,
            marked_by=by,
            marked_at=now,
        )
        MaintainedCharger.objects.create(maintenance=planned_window, charger=charger, exclusion=excluded)
    return planned_window


def end(row: Maintenance, *, by: str, now: datetime) -> bool:
    """Ends a window now, or cancels it if it has not begun. False if it is over. Call it in a transaction."""
    if not Maintenance.objects.filter(pk=row.pk, ended_at=None).update(ended_at=now, ended_by=by):
        return False
    exclusions = OutageExclusion.objects.filter(pk__in=row.chargers.values("exclusion"), withdrawn_at=None)
    exclusions.filter(begins_at__gte=now).update(withdrawn_at=now, withdrawn_by=by)
    exclusions.filter(begins_at__lt=now, ends_at__gt=now).update(ends_at=now)
    row.refresh_from_db()
    return True


def live(*, now: datetime) -> "QuerySet[Maintenance]":
    """Returns windows that are not over: in force or planned."""
    return Maintenance.objects.filter(ended_at=None, ends_at__gt=now)


def find_announced(charger_pk: int, *, now: datetime) -> Maintenance | None:
    """Returns the window that guests should know of: in force, or beginning within a day. One query."""
    rows = live(now=now).filter(chargers__charger=charger_pk, begins_at__lt=now + SHOWN_BEFORE)
    return rows.order_by("begins_at").first()


def is_in_force(row: Maintenance, *, now: datetime) -> bool:
    return row.ended_at is None and row.begins_at <= now < row.ends_at


def find_refusing(charger_pk: int, *, now: datetime) -> Maintenance | None:
    """Returns the window in force that blocks starts. One query."""
    rows = live(now=now).filter(chargers__charger=charger_pk, begins_at__lte=now, refuses_starts=True)
    return rows.first()


def serviced_charger_ids(charger_pks: Collection[int], *, now: datetime) -> set[int]:
    """Returns the chargers that are under maintenance now. One query."""
    rows = MaintainedCharger.objects.filter(
        charger__in=charger_pks, maintenance__in=live(now=now).filter(begins_at__lte=now)
    )
    return set(rows.values_list("charger_id", flat=True))


def overlapping_reservations(row: Maintenance, *, now: datetime) -> "QuerySet[Reservation]":
    """Returns reservations that overlap the window."""
    chargers = row.chargers.values("charger")
    reservations = Reservation.objects.filter(
        charger__in=chargers, state__in=_RESERVED, until__gt=max(row.begins_at, now)
    )
    return reservations.order_by("until")


def begin_due(*, now: datetime) -> list[tuple[Maintenance, list[Reservation]]]:
    """Begins due windows and cancels reservations that overlap them; returns both. Safe to repeat."""
    due = live(now=now).filter(begun_at=None, begins_at__lte=now).select_related("property__host")
    begun_windows: list[tuple[Maintenance, list[Reservation]]] = []
    for row in due:
        with transaction.atomic():
            if not Maintenance.objects.filter(pk=row.pk, begun_at=None, ended_at=None).update(begun_at=now):
                continue
            reservations = list(overlapping_reservations(row, now=now).select_related("charger"))
            for reservation in reservations:
                _send(reservation.charger, "CancelReservation", {"reservationId": reservation.number}, now=now)
        begun_windows.append((row, reservations))
    return begun_windows


def end_due(*, now: datetime) -> int:
    """Closes windows whose time is over. Returns their number."""
    expired_windows = Maintenance.objects.filter(ended_at=None, ends_at__lte=now)
    return expired_windows.update(ended_at=now, ended_by="system")


def switching(*, now: datetime) -> "QuerySet[MaintainedCharger]":
    """Returns chargers whose availability does not yet match their window."""
    running = Q(maintenance__ended_at=None, maintenance__begun_at__isnull=False) & ~Q(switch=Switch.OFF)
    is_over = Q(
        maintenance__ended_at__gt=now - _KEPT_TRYING, switch__in=[Switch.OFF_ASKED, Switch.OFF, Switch.ON_ASKED]
    )
    rows = MaintainedCharger.objects.filter(running | is_over, maintenance__refuses_starts=True)
    return rows.select_related("maintenance", "charger__property__host").order_by("pk")


def switch(row: MaintainedCharger, *, now: datetime) -> None:
    """Takes one step towards unavailable during the window, and available after it.

    Unanswered commands are repeated.
    """
    reached, requested_state, action = (
        (Switch.OFF, Switch.OFF_ASKED, UsualAction.MAKE_UNAVAILABLE)
        if row.maintenance.ended_at is None
        else (Switch.ON, Switch.ON_ASKED, UsualAction.MAKE_AVAILABLE)
    )
    if row.switch == requested_state and (answer := _answer(row)) is not None:
        if answer in {Command.State.QUEUED, Command.State.SENT}:
            return
        if answer in {Command.State.ACCEPTED, Command.State.REJECTED, Command.State.NOT_SUPPORTED}:
            MaintainedCharger.objects.filter(pk=row.pk).update(switch=reached, answer=answer)
            return
        if row.asked_at is not None and now - row.asked_at < _ASKED_AGAIN_AFTER:
            return
    if not row.charger.is_online():
        return
    name, payload = builder.of_version(action, Details(), version=_version(row.charger))
    command = _send(row.charger, name, payload, now=now)
    MaintainedCharger.objects.filter(pk=row.pk).update(switch=requested_state, command_id=command.pk, asked_at=now)


def _version(charger: Charger) -> Version:
    return Version(charger.ocpp_version) if charger.ocpp_version else Version.V16


def _answer(row: MaintainedCharger) -> str | None:
    if row.command_id is None:
        return None
    return Command.objects.filter(pk=row.command_id).values_list("state", flat=True).first()


def _send(charger: Charger, action: str, payload: Payload, *, now: datetime) -> Command:
    return queue.request(charger, CommandRequest(action=action, payload=payload, origin="system"), now=now)


def _check(property_: Property, details: Plan, *, now: datetime) -> None:
    span = details.span
    if not details.reason.strip():
        raise MaintenanceError("Write why: guests read it.", "reason")
    if span.ends_at <= span.begins_at:
        raise MaintenanceError("It must end after it begins.", "ends_at")
    if span.ends_at <= now:
        raise MaintenanceError("It is over already: choose a time that lies ahead.", "ends_at")
    if span.ends_at - span.begins_at > LONGEST:
        raise MaintenanceError("It may last 30 days at most.", "ends_at")
    if span.begins_at > now + FARTHEST:
        raise MaintenanceError("It may lie a year ahead at most.", "begins_at")
    if not details.chargers:
        raise MaintenanceError("Choose at least one charger.", "chargers")
    if any(charger.property_id != property_.pk or charger.retired_at is not None for charger in details.chargers):
        raise MaintenanceError(f"Choose chargers that stand at {property_.name}.", "chargers")
    Property.objects.select_for_update().get(pk=property_.pk)
    other = (
        live(now=now)
        .filter(chargers__charger__in=details.chargers, begins_at__lt=span.ends_at, ends_at__gt=span.begins_at)
        .first()
    )
    if other is not None:
        raise MaintenanceError("Maintenance of one of these chargers is planned for that time already.", "begins_at")
