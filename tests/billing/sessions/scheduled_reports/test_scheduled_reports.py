"""Scheduled reports: the sessions of the last week or month as CSV, to one person's mailbox."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as outgoing

from authorization.models import Membership
from backoffice.portal.alerts import acts
from billing import mail
from billing.models import ReportRun, ReportSchedule
from billing.sessions.documents import outbox
from billing.sessions.scheduled_reports import scheduled_reports
from tests.kit import charging
from tests.kit.world import make_user

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 18, 2, tzinfo=UTC)  # 14:02 in New York


@pytest.mark.parametrize(
    ("cycle", "begins", "ends"),
    [("weekly", "2026-03-02T05:00", "2026-03-09T04:00"), ("monthly", "2026-02-01T05:00", "2026-03-01T05:00")],
)
def test_a_report_is_of_the_last_whole_week_or_month_of_the_zone(cycle, begins, ends):
    """The clocks of New York went forward on 8 March 2026."""
    found = scheduled_reports.period_before(NOON, cycle, "America/New_York")

    assert [at.astimezone(UTC).isoformat()[:16] for at in found] == [begins, ends]


def test_a_report_is_mailed_once_with_the_sessions_of_its_period(world):
    now = datetime.now(tz=UTC)
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    begins_at, _ = scheduled_reports.period_before(now, "weekly", "America/New_York")
    session = charging.charge(world.charger, at=begins_at.astimezone(UTC) + timedelta(hours=30))
    charging.charge(world.charger, at=begins_at.astimezone(UTC) - timedelta(hours=30))
    made = acts.add_report(
        world.host, ReportSchedule.Cycle.WEEKLY, time_zone="America/New_York", by=world.owner, now=begins_at
    )
    assert made

    assert [scheduled_reports.make_due(now=now), scheduled_reports.make_due(now=now)] == [1, 0]
    outbox.send_due(mail.send, now=now)

    [message] = outgoing.outbox
    name, content, _ = message.attachments[0]
    text = content if isinstance(content, str) else content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\N{BYTE ORDER MARK}"))))
    assert [row["session"] for row in rows] == [str(session.pk)]
    assert name.startswith("sessions-sunset-")
    assert message.to == ["owner@example.com"]


def test_who_sees_no_money_gets_no_report(world):
    now = datetime.now(tz=UTC)
    operator = make_user("operator@example.com", world.host, "operator")
    with pytest.raises(acts.people.NotAllowedError):
        acts.add_report(world.host, ReportSchedule.Cycle.WEEKLY, time_zone="UTC", by=operator, now=now)
    acts.add_report(
        world.host, ReportSchedule.Cycle.WEEKLY, time_zone="UTC", by=world.owner, now=now - timedelta(days=30)
    )
    Membership.objects.filter(user=world.owner).update(role="operator")

    assert scheduled_reports.make_due(now=now) == 0
    assert not ReportRun.objects.exists()
