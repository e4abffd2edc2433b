"""The portal's periodic tasks."""

from datetime import UTC, datetime

from celery import shared_task

from backoffice.portal.alerts import incidents, notices


@shared_task
def watch_alerts() -> int:
    """Opens and clears incidents, and delivers notices according to alert rules.

    Returns how many notices were delivered.
    """
    now = datetime.now(tz=UTC)
    incidents.watch(now=now)
    notices.make(now=now)
    return notices.deliver(now=now)
