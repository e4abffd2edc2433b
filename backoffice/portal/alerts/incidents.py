"""Incidents: opened when a problem is seen, cleared once it has been absent for a while."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F

from backoffice.portal.alerts import problems
from backoffice.portal.alerts.problems import Problem
from billing.models import AlertKind, AlertRule, Incident

BACK_FOR: Final = timedelta(minutes=5)
"""How long a charger must be well before its incident ends, so that a flapping charger causes only one."""
_FLAPPING: Final = (AlertKind.OFFLINE, AlertKind.FAULTED)


def watch(*, now: datetime) -> int:
    """Compares present problems with open incidents, for hosts with rules. Returns how many incidents were opened."""
    hosts = set(AlertRule.objects.filter(ended_at=None).values_list("host_id", flat=True))
    problems_by_key = (
        {(problem.host, problem.key): problem for problem in problems.of_hosts(hosts, now=now)} if hosts else {}
    )
    open_by_key = {(row.host_id, row.key): row for row in Incident.objects.filter(cleared_at=None)}
    new_incidents = [_build_incident(problem) for key, problem in problems_by_key.items() if key not in open_by_key]
    Incident.objects.bulk_create(new_incidents, ignore_conflicts=True)
    back = [row.pk for key, row in open_by_key.items() if key in problems_by_key and row.gone_at is not None]
    Incident.objects.filter(pk__in=back, cleared_at=None).update(gone_at=None, times=F("times") + 1)
    _leave([row for key, row in open_by_key.items() if key not in problems_by_key], now=now)
    return len(new_incidents)


def _leave(gone_incidents: Collection[Incident], *, now: datetime) -> None:
    """Marks problems that are no longer seen as gone, and clears those that stayed away."""
    newly_gone_ids = [row.pk for row in gone_incidents if row.gone_at is None]
    Incident.objects.filter(pk__in=newly_gone_ids, cleared_at=None).update(gone_at=now)
    waiting = Incident.objects.filter(pk__in=[row.pk for row in gone_incidents], cleared_at=None, gone_at__isnull=False)
    waiting.exclude(kind__in=_FLAPPING, gone_at__gt=now - BACK_FOR).update(cleared_at=F("gone_at"))


def _build_incident(problem: Problem) -> Incident:
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
