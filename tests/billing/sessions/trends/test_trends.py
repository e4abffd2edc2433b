"""How a period went, day by day: what was charged, sessions, energy, starts, and the busy hours of the week."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from billing.sessions.trends import trends
from billing.sessions.trends.trends import Scope
from chargers.text import reporting_periods
from tests.kit import charging
from tests.kit.charts_pages import priced
from tests.kit.world import make_charger

__all__ = ["priced"]
pytestmark = pytest.mark.django_db


def test_busy_hours_are_the_share_of_the_evses_time(priced):
    """One hour of charging in one of the weeks' Mondays at 10, at one of two EVSEs."""
    zone = ZoneInfo("America/New_York")
    monday = datetime(2026, 3, 2, 10, 0, tzinfo=zone)
    make_charger(priced.site, "CP2", station_id="SUN002")
    session = charging.charge(priced.charger)
    session.transaction.started_at, session.transaction.stopped_at = monday, monday + timedelta(minutes=90)
    session.transaction.save()
    now = datetime(2026, 4, 1, 0, 0, tzinfo=zone)
    period = reporting_periods.period_of("last_month", zone="America/New_York", now=now)

    shares = trends.busy_hours(Scope(viewer=priced.owner, period=period, zone="America/New_York"))

    assert shares == {(0, 10): pytest.approx(1 / (5 * 2)), (0, 11): pytest.approx(0.5 / (5 * 2))}
