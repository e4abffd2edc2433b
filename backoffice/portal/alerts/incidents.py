"""Incidents: opened when a problem is seen, cleared when it stayed away for a while."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F

from backoffice.portal.alerts import problems
from backoffice.portal.alerts.problems import Problem
from billing.models import AlertKind, AlertRule, Incident

BACK_FOR: Final = timedelta(minutes=5)
"""How long a charger stays well before its incident is over: one that flaps is one incident."""
_FLAPPING: Final = (AlertKind.OFFLINE, AlertKind.FAULTED)


def watch(*, now: datetime) -> int:
    """Compares what is wrong with what is open, for hosts with rules. How many incidents were opened."""
    hosts = set(AlertRule.objects.filter(ended_at=None).values_list("host_id", flat=True))
    seen = {(problem.host, problem.key): problem for problem in problems.of_hosts(hosts, now=now)} if hosts else {}
    open_by_key = {(row.host_id, row.key): row for row in Incident.objects.filter(cleared_at=None)}
    opened = [_opened(problem) for key, problem in seen.items() if key not in open_by_key]
    Incident.objects.bulk_create(opened, ignore_conflicts=True)
    back = [row.pk for key, row in open_by_key.items() if key in seen and row.gone_at is not None]
    Incident.objects.filter(pk__in=back, cleared_at=None).update(gone_at=None, times=F("times") + 1)
    _leave([row for key, row in open_by_key.items() if key not in seen], now=now)
    return len(opened)


def _leave(gone: Collection[Incident], *, now: datetime) -> None:
    """Marks what is not seen any more as gone, and clears what stayed away."""
    fresh = [row.pk for row in gone if row.gone_at is None]
    Incident.objects.filter(pk__in=fresh, cleared_at=None).update(gone_at=now)
    waiting = Incident.objects.filter(pk__in=[row.pk for row in gone], cleared_at=None, gone_at__isnull=False)
    waiting.exclude(kind__in=_FLAPPING, gone_at__gt=now - BACK_FOR).update(cleared_at=F("gone_at"))


def _opened(problem: Problem) -> Incident:
    return Incident(
        host_id=problem.host,
        property_id=problem.property_id,
        charger=problem.charger,
        kind=problem.kind,
        key=problem.key[:120],
        title=problem.title[:120],
        place=problem.location,
        detail=problem.detail,
        page=problem.page,
        began_at=problem.began_at,
    )
