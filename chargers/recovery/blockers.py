"""Reasons to send no command to a charger in trouble: somebody charges or is about to, or works on it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from chargers.availability import maintenance
from chargers.commands import queue
from chargers.fleet import condition, reports
from chargers.models import Charger, ChargerEvent, Command, Connector, Job, JobItem, Reservation, Transaction
from chargers.recovery.next_step import Hindrance
from chargers.upstreams import backends

IsPaid = Callable[[int], bool]
"""Tells whether a guest has paid at a charger but not plugged in yet."""
_CHARGING: Final = frozenset({"Charging", "SuspendedEV", "SuspendedEVSE", "Finishing"})
_UPDATE_LASTS: Final = timedelta(hours=24)
_UPDATES: Final = ("UpdateFirmware", "SignedUpdateFirmware")
_RESERVED: Final = (Reservation.State.ASKED, Reservation.State.ACTIVE)
_UNDER_WAY: Final = (Command.State.QUEUED, Command.State.SENT, Command.State.ACCEPTED)


def of_charger(charger: Charger, *, is_paid: IsPaid, now: datetime) -> Hindrance | None:
    """Returns the first reason that applies.

    Call it in the transaction that queues the command. At most eleven queries.
    """
    statuses = set(Connector.objects.filter(evse__charger=charger).values_list("status", flat=True))
    running = Transaction.objects.filter(charger=charger, stopped_at=None)
    if statuses & _CHARGING or running.exclude(case=Transaction.Case.NEVER_STOPPED).exists():
        return Hindrance.CHARGING
    if is_paid(charger.pk):
        return Hindrance.PAID
    if queue.has_live_start(charger, now=now):
        return Hindrance.STARTING
    if statuses & condition.PLUGGED_IN:
        return Hindrance.PLUGGED_IN
    if Reservation.objects.filter(charger=charger, state__in=_RESERVED, until__gt=now).exists():
        return Hindrance.RESERVED
    if maintenance.serviced_charger_ids([charger.pk], now=now):
        return Hindrance.MAINTENANCE
    if _is_updating(charger, now=now):
        return Hindrance.FIRMWARE
    return Hindrance.LED if backends.leader_of(charger) else None


def _is_updating(charger: Charger, *, now: datetime) -> bool:
    """Whether an update was requested and has not ended, or a job is about to request one."""
    waiting = JobItem.objects.filter(charger=charger, job__kind=Job.Kind.FIRMWARE, job__state=Job.State.RUNNING)
    if waiting.filter(state__in=[JobItem.State.QUEUED, JobItem.State.SENT]).exists():
        return True
    since = now - _UPDATE_LASTS
    events = ChargerEvent.objects.filter(charger=charger, topic=ChargerEvent.Topic.FIRMWARE, received_at__gt=since)
    last = events.order_by("-id").first()
    if last is not None and last.state not in reports.FINAL_STATES:
        return True
    update_commands = Command.objects.filter(
        charger=charger, action__in=_UPDATES, created_at__gt=since, state__in=_UNDER_WAY
    )
    return (
        update_commands.filter(created_at__gt=last.received_at).exists()
        if last is not None
        else update_commands.exists()
    )
