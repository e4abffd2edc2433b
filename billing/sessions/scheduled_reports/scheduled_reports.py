"""Scheduled reports: the sessions of the last week or month as CSV, mailed to one person."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet

from authorization.people import access as people
from authorization.people.roles import Right
from billing import access
from billing.models import ReportRun, ReportSchedule, Session
from billing.sessions.documents import outbox
from billing.sessions.lifecycle import listing
from chargers.lib import batch


def make_due(*, now: datetime) -> int:
    """Makes the newest finished period's report and its mail, unless it was made before. Returns how many."""
    rows = ReportSchedule.objects.filter(ended_at=None, user__is_active=True).select_related("host", "user")
    return batch.each_of(
        rows, lambda schedule: _make(schedule, now=now), noun="ReportSchedule", failure="could not be made"
    )


def sessions_of(run: ReportRun) -> QuerySet[Session]:
    """Returns the host's sessions of the period that the person may see, by when they began, oldest first."""
    visible_sessions = access.sessions(run.schedule.user).filter(host=run.schedule.host)
    period_filter: dict[str, Any] = {"began__gte": run.begins_at, "began__lt": run.ends_at}
    sessions = listing.annotate_details(visible_sessions).filter(**period_filter)
    return sessions.select_related("property", "charger", "token").order_by(listing.BEGAN, "id")


def period_before(now: datetime, cycle: str, zone: str) -> tuple[datetime, datetime]:
    """Returns the last whole week, Monday to Sunday, or calendar month, in the time zone."""
    today = now.astimezone(ZoneInfo(zone)).date()
    if cycle == ReportSchedule.Cycle.WEEKLY:
        end = today - timedelta(days=today.weekday())
        begin = end - timedelta(days=7)
    else:
        end = today.replace(day=1)
        begin = (end - timedelta(days=1)).replace(day=1)
    return _midnight(begin, zone), _midnight(end, zone)


def _make(schedule: ReportSchedule, *, now: datetime) -> bool:
    """Makes one report. False if it exists, is from before the schedule, or the person may no longer see sessions."""
    begins_at, ends_at = period_before(now, schedule.cycle, schedule.time_zone)
    if ends_at <= schedule.made_at or not people.has_right(schedule.user, Right.SEE_MONEY, schedule.host):
        return False
    with transaction.atomic():
        run, is_new = ReportRun.objects.get_or_create(
            schedule=schedule, begins_at=begins_at, defaults={"ends_at": ends_at, "made_at": now}
        )
        if is_new:
            subject, text = " ".join(_title(schedule, begins_at, ends_at)), "\n".join(_lines(schedule))
            outbox.queue_report(run, key=f"report:{run.pk}", subject=subject, text=text, now=now)
    return is_new


def _title(schedule: ReportSchedule, begins_at: datetime, ends_at: datetime) -> Iterator[str]:
    zone = ZoneInfo(schedule.time_zone)
    first, last = begins_at.astimezone(zone).date(), ends_at.astimezone(zone).date() - timedelta(days=1)
    yield f"{schedule.host.name}: sessions from"
    yield f"{first:%-d %B} to {last:%-d %B %Y}"


def _lines(schedule: ReportSchedule) -> Iterator[str]:
    yield f"The sessions that began in these days ({schedule.time_zone}) are attached as CSV, a row each."
    yield "\nStop or change these reports:"


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(0), tzinfo=ZoneInfo(zone))
