"""Enforces a property's power limit: reads what charges, allocates, sends changed limits, and stores the result.

A run is one transaction that reads and writes rows; commands are sent after it. It may run twice, late or concurrently:
the limit's row is locked, and a limit that was sent is not sent again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from chargers.models import (
    Command,
    PowerLimit,
    PowerOutlet,
    PowerSample,
    SentProfile,
    Transaction,
    WithheldPower,
)
from chargers.power import allocation, power_outlets, sent_profiles
from chargers.power.allocation import AllocationOutlet, Allotment, Demand, Site
from chargers.power.power_outlets import MeteredOutlet
from chargers.power.profiles import Purpose

LOOK_EVERY: Final = timedelta(seconds=10)
SAMPLE_EVERY: Final = timedelta(minutes=1)
GONE_AFTER: Final = timedelta(hours=24)
SAMPLES_KEPT: Final = timedelta(hours=25)
_UNDER_WAY: Final = (Command.State.QUEUED, Command.State.SENT)
_ZERO: Final = Decimal(0)


def due(*, now: datetime) -> list[int]:
    """Returns the limits to run: at once after a start, a stop or a reply, every 10 s while cars charge, else every
    minute.

    A disabled limit is included until its profiles are removed. One query.
    """
    open_transactions = Transaction.objects.filter(
        charger__property=OuterRef("property"), stopped_at=None, evse_number__isnull=False
    )
    new_transactions = open_transactions.exclude(Exists(PowerOutlet.objects.filter(transaction=OuterRef("pk"))))
    of_limit = {"outlet__evse__charger__property": OuterRef("property")}
    answered = SentProfile.objects.filter(**of_limit, command_id__isnull=False).exclude(
        Exists(Command.objects.filter(pk=OuterRef("command_id"), state__in=_UNDER_WAY))
    )
    ended = PowerOutlet.objects.filter(
        evse__charger__property=OuterRef("property"), transaction__stopped_at__isnull=False
    )
    news = Q(looked_at=None) | Exists(new_transactions) | Exists(ended) | Exists(answered)
    by_time = Q(looked_at__lte=now - SAMPLE_EVERY) | (Q(looked_at__lte=now - LOOK_EVERY) & Exists(open_transactions))
    alive = Q(enabled=True) | Exists(SentProfile.objects.filter(**of_limit))
    return list(
        PowerLimit.objects.filter(alive).filter(news | by_time).order_by("looked_at").values_list("pk", flat=True)
    )


@transaction.atomic
def share(limit_pk: int, *, now: datetime) -> None:
    """Shares the property's power among its charging cars. Does nothing if another run holds the lock."""
    limits = PowerLimit.objects.select_for_update(of=("self",), skip_locked=True).select_related("property")
    limit = limits.filter(pk=limit_pk).first()
    if limit is None:
        return
    power_outlets.complete(limit.property)
    outlets = power_outlets.of_limit(limit, now=now)
    sent_profiles.settle(outlets, minimum_a=limit.minimum_a, now=now)
    for metered_outlet in outlets:
        _follow_transaction(metered_outlet)
    taking = [metered_outlet for metered_outlet in outlets if limit.enabled and metered_outlet.row.takes_part]
    for metered_outlet in outlets:
        if metered_outlet not in taking:
            _release(metered_outlet, now=now)
    _share(limit, taking, now=now)
    for metered_outlet in outlets:
        _note_withheld(metered_outlet, minimum_a=limit.minimum_a, now=now)
    PowerLimit.objects.filter(pk=limit.pk).update(looked_at=now)


def _share(limit: PowerLimit, taking: Sequence[MeteredOutlet], *, now: datetime) -> None:
    site = power_outlets.site_of(limit)
    for metered_outlet in taking:
        _note_demand(metered_outlet, site, now=now)
    by_name = {metered_outlet.name: metered_outlet for metered_outlet in taking}
    allocation_outlets = [
        outlet for metered_outlet in taking if (outlet := outlet_of(metered_outlet, now=now)) is not None
    ]
    shares = allocation.share(site, allocation_outlets, now=now)
    _note_uncontrolled(limit, allocation.find_uncontrolled_load(site, allocation_outlets, shares), now=now)
    in_force = {
        allocation_outlet.name: by_name[allocation_outlet.name].in_force_a for allocation_outlet in allocation_outlets
    }
    for metered_outlet in taking:
        _keep(metered_outlet, shares.get(metered_outlet.name), now=now)
        default = min(limit.offline_a, metered_outlet.most_a)
        profile = metered_outlet.profile(Purpose.DEFAULT)
        if profile is None or profile.in_force_a != default:
            sent_profiles.send(metered_outlet, Purpose.DEFAULT, default, now=now)
    for name in allocation.due(site, allocation_outlets, shares, in_force=in_force):
        _send_limit(by_name[name], shares[name].amps, now=now)
    if limit.enabled:
        _sample(limit, site, allocation_outlets, by_name, shares, now=now)


def _note_uncontrolled(limit: PowerLimit, amps: Decimal | None, *, now: datetime) -> None:
    """Stores the load that cannot be limited, and since when, for the page and the dashboard."""
    if amps == limit.uncontrolled_a:
        return
    limit.uncontrolled_a = amps
    limit.uncontrolled_since = None if amps is None else limit.uncontrolled_since or now
    limit.save(update_fields=["uncontrolled_a", "uncontrolled_since"])


def outlet_of(metered_outlet: MeteredOutlet, *, now: datetime) -> AllocationOutlet | None:
    """Returns the outlet as input of the allocation; None if it has no known car and needs no share."""
    row = metered_outlet.row
    if metered_outlet.transaction is None or _is_long_gone(metered_outlet, now=now):
        return None
    fixed_a, because = _find_fixed_current(metered_outlet)
    return AllocationOutlet(
        name=metered_outlet.name,
        most_a=metered_outlet.most_a,
        phases=metered_outlet.phases,
        since=metered_outlet.transaction.started_at,
        wants_a=row.wants_a,
        served_since=row.served_since,
        waiting_since=row.waiting_since,
        priority=row.priority,
        fixed_a=fixed_a,
        because=because,
    )


def _find_fixed_current(metered_outlet: MeteredOutlet) -> tuple[Decimal | None, str]:
    """Returns the current to count if it cannot be changed now, and the reason."""
    own = metered_outlet.profile(Purpose.TRANSACTION)
    force = metered_outlet.in_force_a
    if not metered_outlet.charger.is_online():
        if force is None:
            return metered_outlet.most_a, "its charger is offline and never confirmed a limit."
        return min(force, metered_outlet.most_a), "its charger is offline and keeps its last limit."
    if metered_outlet.transaction is not None and own and own.refusal:
        return metered_outlet.most_a, f"it does not take our limit. {own.refusal}"
    return None, ""


def _is_long_gone(metered_outlet: MeteredOutlet, *, now: datetime) -> bool:
    """Whether the charger has been offline for so long that its car cannot be charging any more."""
    heard_at = metered_outlet.charger.last_message_at
    return not metered_outlet.charger.is_online() and (heard_at is None or now - heard_at > GONE_AFTER)


def _follow_transaction(metered_outlet: MeteredOutlet) -> None:
    """Resets what is known about a car if another one charges than at the last run."""
    row, running = metered_outlet.row, metered_outlet.transaction
    if row.transaction_id == (running.pk if running else None):
        return
    if row.transaction_id is not None:
        _end_withheld(row)
    own = metered_outlet.profile(Purpose.TRANSACTION)
    if own and own.transaction_id != (running.pk if running else None):
        sent_profiles.forget(metered_outlet, own)
    row.transaction = running
    row.phases_used = row.allotted_a = row.drawing_a = row.wants_a = None
    row.less_since = row.served_since = row.waiting_since = None
    row.kind = row.sentence = ""
    row.save()


def _note_demand(metered_outlet: MeteredOutlet, site: Site, *, now: datetime) -> None:
    """Sets the car's current, its number of phases, and its demand; `_keep` stores them."""
    row = metered_outlet.row
    row.drawing_a = metered_outlet.drawn.amps if metered_outlet.drawn else None
    if metered_outlet.drawn and metered_outlet.drawn.phases:
        row.phases_used = min(metered_outlet.drawn.phases, len(metered_outlet.wired_phases))
    before = Demand(row.wants_a, row.less_since)
    limit_a = metered_outlet.in_force_a
    demand = allocation.demand(
        offered_a=limit_a, drawing_a=row.drawing_a, before=before, minimum_a=site.minimum_a, now=now
    )
    row.wants_a, row.less_since = demand.wants_a, demand.less_since


def _keep(metered_outlet: MeteredOutlet, allotment: Allotment | None, *, now: datetime) -> None:
    """Stores the share, and since when the car has been served or waiting."""
    row = metered_outlet.row
    row.allotted_a, row.kind, row.sentence = None, "", ""
    if allotment is not None:
        row.allotted_a, row.kind, row.sentence = allotment.amps, allotment.kind.value, allotment.sentence[:300]
    if metered_outlet.transaction is not None and allotment is not None:
        served = allotment.amps > 0
        row.served_since = (row.served_since or now) if served else None
        row.waiting_since = None if served else (row.waiting_since or now)
    row.save()


def _send_limit(metered_outlet: MeteredOutlet, amps: Decimal, *, now: datetime) -> None:
    if metered_outlet.transaction is not None:
        sent_profiles.send(metered_outlet, Purpose.TRANSACTION, amps, now=now)


def _release(metered_outlet: MeteredOutlet, *, now: datetime) -> None:
    """Removes the profiles and the share of an outlet that no limit applies to."""
    for purpose in Purpose:
        sent_profiles.clear(metered_outlet, purpose, now=now)
    row = metered_outlet.row
    if row.allotted_a is not None or row.kind:
        row.allotted_a = row.wants_a = row.less_since = row.served_since = row.waiting_since = None
        row.kind = row.sentence = ""
        row.save()


def _note_withheld(metered_outlet: MeteredOutlet, *, minimum_a: Decimal, now: datetime) -> None:
    """Begins or ends the span in which the car is confirmed to have less than it needs."""
    ruling, running = metered_outlet.ruling, metered_outlet.transaction
    if running is None:
        return
    if ruling and ruling.in_force_a is not None and ruling.in_force_a < minimum_a:
        began_at = max(ruling.confirmed_at or now, running.started_at)
        WithheldPower.objects.get_or_create(transaction=running, ended_at=None, defaults={"began_at": began_at})
        return
    confirmed_at = ruling.confirmed_at if ruling else None
    for span in WithheldPower.objects.filter(transaction=running, ended_at=None):
        # If the ruling profile is older than the pause, the pause was just removed.
        ended_at = confirmed_at if confirmed_at and confirmed_at > span.began_at else now
        WithheldPower.objects.filter(pk=span.pk).update(ended_at=ended_at)


def _end_withheld(row: PowerOutlet) -> None:
    """Ends the withheld span together with the transaction."""
    lasting = WithheldPower.objects.filter(transaction=row.transaction_id, ended_at=None)
    for span in lasting.annotate(stopped_at=F("transaction__stopped_at")):
        WithheldPower.objects.filter(pk=span.pk).update(ended_at=max(span.stopped_at or span.began_at, span.began_at))


def _sample(
    limit: PowerLimit,
    site: Site,
    allocation_outlets: Sequence[AllocationOutlet],
    by_name: Mapping[str, MeteredOutlet],
    shares: Mapping[str, Allotment],
    *,
    now: datetime,
) -> None:
    """Stores the drawn, allotted and allowed current of the most loaded phase once a minute."""
    if PowerSample.objects.filter(limit=limit, at__gt=now - SAMPLE_EVERY).exists():
        return
    drawn_by_name = {outlet.name: by_name[outlet.name].row.drawing_a or _ZERO for outlet in allocation_outlets}
    allotted = {name: allotment.amps for name, allotment in shares.items()}
    PowerSample.objects.create(
        limit=limit,
        at=now,
        limit_a=site.limit_a,
        drawn_a=max(allocation.load(site, allocation_outlets, drawn_by_name)),
        allotted_a=max(allocation.load(site, allocation_outlets, allotted)),
    )
    PowerSample.objects.filter(limit=limit, at__lt=now - SAMPLES_KEPT).delete()
