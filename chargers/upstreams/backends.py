"""Setting up a charger's other back offices; gateways are notified of every change."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from chargers.lib import batch, ids, nudges
from chargers.models import Charger, Forward, Property, Transaction, Upstream, UpstreamChange, UpstreamId, UpstreamLink

KEPT = timedelta(days=7)
"""How long a message waits for an absent back office, and a delivered one is remembered."""
MAX_WAITING = 50_000
"""The most messages that wait for one back office of one charger."""
IDS_KEPT = timedelta(days=400)


def of_charger(charger: Charger) -> list[Upstream]:
    """Returns the charger's own back offices; without any, those of its property, else of its host."""
    of_all = Q(property=charger.property_id) | Q(host__properties=charger.property_id)
    scope = Q(charger=charger) if charger.only_own_upstreams else Q(charger=charger) | of_all
    return _filter_nearest(list(Upstream.objects.filter(scope).order_by("pk")), charger)


def _filter_nearest(rows: Sequence[Upstream], charger: Charger) -> list[Upstream]:
    own = [row for row in rows if row.charger_id == charger.pk]
    if own or charger.only_own_upstreams:
        return own
    shared = [row for row in rows if row.charger_id is None]
    return [row for row in shared if row.property_id is not None] or shared


def leader_of(charger: Charger) -> str:
    """Returns the name of the back office that leads this charger and bills for it; "" if we lead. One query."""
    return leader_among(of_charger(charger))


def filter_led_elsewhere(chargers: Collection[Charger], property_: Property) -> set[int]:
    """Returns the primary keys of those chargers of one property that another back office leads. One query."""
    scope = Q(charger__in=[charger.pk for charger in chargers]) | Q(property=property_) | Q(host=property_.host_id)
    upstreams = list(Upstream.objects.filter(scope).order_by("pk"))
    return {charger.pk for charger in chargers if leader_among(_filter_nearest(upstreams, charger))}


def leader_among(rows: Iterable[Upstream]) -> str:
    """Returns the name of the Leader among a charger's back offices; "" if we lead."""
    return next((row.name for row in rows if row.role == Upstream.Role.LEADER and row.paused_at is None), "")


class RunningSessionError(Exception):
    """A car is charging at one of the chargers: its session would be split between two Leaders."""


def list_affected_chargers(row: Upstream) -> QuerySet[Charger]:
    """Returns the chargers that this row applies to, or may apply to once their own rows are gone."""
    if row.charger_id is not None:
        return Charger.objects.filter(pk=row.charger_id)
    shared = Charger.objects.filter(only_own_upstreams=False, upstreams=None)
    if row.property_id is not None:
        return shared.filter(property=row.property_id)
    return shared.filter(property__host=row.host_id, property__upstreams=None)


def siblings(row: Upstream) -> QuerySet[Upstream]:
    """Returns the rows of the same charger, property or host, including itself."""
    return Upstream.objects.filter(charger=row.charger_id, property=row.property_id, host=row.host_id)


def running(chargers: QuerySet[Charger]) -> QuerySet[Transaction]:
    """Returns the running transactions."""
    return Transaction.objects.filter(charger__in=chargers, stopped_at=None)


def set_leader(row: Upstream, *, by_us: bool, forced: bool, now: datetime) -> None:
    """Makes this back office the Leader or (`by_us`) makes us the Leader. Raises RunningSessionError unless forced."""
    with transaction.atomic():
        sibling_rows = siblings(row).select_for_update()
        list(sibling_rows)
        if not forced and running(list_affected_chargers(row)).exists():
            raise RunningSessionError
        sibling_rows.filter(role=Upstream.Role.LEADER).update(role=Upstream.Role.FOLLOWER)
        if not by_us:
            Upstream.objects.filter(pk=row.pk).update(role=Upstream.Role.LEADER)
        announce_changes(list_affected_chargers(row), now=now)


def announce_changes(chargers: QuerySet[Charger], *, now: datetime) -> None:
    """Notifies the gateways of changes to these chargers' back offices; their regular poll finds them at the latest."""
    keys = list(chargers.values_list("pk", flat=True))
    UpstreamChange.objects.bulk_create(UpstreamChange(charger_id=pk, at=now) for pk in keys)
    transaction.on_commit(lambda: _notify_gateways(keys))


def changed_since(since: datetime) -> dict[int, datetime]:
    """Returns the chargers whose back offices were changed after that, by primary key, with the time."""
    return dict(UpstreamChange.objects.filter(at__gt=since).order_by("at").values_list("charger_id", "at"))


def mark_delivered(forwards: Collection[uuid.UUID], *, now: datetime) -> None:
    """Marks these messages as delivered. One statement."""
    Forward.objects.filter(pk__in=forwards).update(delivered_at=now)


def _notify_gateways(keys: Collection[int]) -> None:
    nudges.to_gateways(*({"type": "upstreams", "charger": pk} for pk in keys))


def prune(*, now: datetime) -> int:
    """Deletes messages delivered long ago, and drops those that are too old or too many; the link counts these."""
    old = now - KEPT
    Forward.objects.filter(delivered_at__lt=old).delete()
    UpstreamChange.objects.filter(at__lt=now - timedelta(days=1)).delete()
    UpstreamId.objects.filter(at__lt=now - IDS_KEPT).delete()
    dropped: list[int] = []
    lines = Forward.objects.filter(delivered_at=None).order_by().values_list("charger_id", "upstream_id").distinct()
    batch.each_of(
        lines,
        lambda line: dropped.append(_drop(*line, old=old, now=now)),
        noun="Backlog",
        failure="could not be pruned",
    )
    return sum(dropped)


def _drop(charger: int, upstream: int, /, *, old: datetime, now: datetime) -> int:
    """Drops messages of one connection. Returns their number."""
    line = Forward.objects.filter(delivered_at=None, charger_id=charger, upstream_id=upstream)
    too_many = line.order_by("-id").values_list("id", flat=True)[MAX_WAITING : MAX_WAITING + 1]
    dropped_count, _ = line.filter(id__lte=max([ids.floor(old), *too_many])).delete()
    if dropped_count:
        link, _ = UpstreamLink.objects.get_or_create(charger_id=charger, upstream_id=upstream)
        UpstreamLink.objects.filter(pk=link.pk).update(
            dropped=Coalesce(F("dropped"), Value(0)) + dropped_count, dropped_at=now
        )
    return dropped_count
