"""What beat asks of the portal."""

from datetime import UTC, datetime

from celery import shared_task

from backoffice.portal.alerts import incidents, notices


@shared_task
def watch_alerts() -> int:
    """Opens and clears incidents, and delivers what alert rules ask for. Returns how many notices went out."""
    now = datetime.now(tz=UTC)
    incidents.watch(now=now)
    notices.make(now=now)
    return notices.deliver(now=now)
