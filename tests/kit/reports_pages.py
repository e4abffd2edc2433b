"""What the tests of fleet.reports and views.reports share."""

from datetime import UTC, datetime, timedelta

from chargers.fleet import reports
from chargers.fleet.reports import ReportFacts, Topic

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def told(charger, summary, *, topic=Topic.SECURITY, at=NOON, kind="SecurityEventNotification", **more):
    return reports.record(charger, ReportFacts(kind=kind, topic=topic, summary=summary, at=at, **more), now=at)


def firmware(charger, *states, request_id=None):
    for minutes, state in enumerate(states):
        told(
            charger,
            f"Firmware: {state}",
            topic=Topic.FIRMWARE,
            kind="FirmwareStatusNotification",
            state=state,
            request_id=request_id,
            at=NOON + timedelta(minutes=minutes),
        )
