"""The charts of a period: whose they are, what they open, and how long periods are drawn."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from backoffice.portal.dashboard import period_charts
from billing.sessions.trends.trends import Days, Scope
from chargers.text import reporting_periods

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 27, 15, tzinfo=UTC)
ZONE = "America/New_York"


def scope(world, code="30d", **more) -> Scope:
    period = reporting_periods.period_of(code, zone=ZONE, now=NOW)
    return Scope(viewer=world.owner, period=period, zone=ZONE, **more)


def charts(of, days, *, sees_money=True):
    return period_charts.of_scope(of, days, {}, before=None, sees_money=sees_money)


def test_the_total_is_the_sum_of_the_columns(world):
    of = scope(world)
    days = Days(charged={"USD": dict.fromkeys(of.period.days[:4], 150)}, refused={of.period.days[0]: 3})

    drawn = {chart.key: chart for chart in charts(of, days).drawn}

    assert drawn["charged-usd"].total == "$6.00"
    assert [column.value for column in drawn["charged-usd"].columns[:5]] == [150, 150, 150, 150, 0]
    assert drawn["starts-refused"].total == "3"
    assert drawn["uptime"].total == "–"


def test_columns_open_the_lists_of_the_same_scope_and_days(world):
    day = scope(world).period.days[3]
    days = Days(charged={"USD": {day: 150}}, sessions={day: 1}, accepted={day: 2})

    series = {row.key: row for row in charts(scope(world, charger=world.charger), days).series}
    (span,) = [span for span in charts(scope(world), days).spans if span.first == day]

    assert series["charged-usd"].opens(span) == (
        "/sessions/?by=charged&within=30d&charger=CP1&currency=USD&on=2026-10-31"
    )
    assert series["sessions"].opens(span) == "/sessions/?by=settled&within=30d&charger=CP1&on=2026-10-31"
    assert series["starts-allowed"].opens(span) == (
        "/authorization/decisions/?kind=attempt&period=30d&verdict=accepted&charger=CP1&on=2026-10-31"
    )


def test_a_year_has_columns_of_seven_days(world):
    of = scope(world, "year")

    chart = charts(of, Days(sessions=dict.fromkeys(of.period.days, 1))).drawn[1]

    assert chart.is_weekly
    assert (len(chart.columns), chart.total, chart.columns[0].days) == (48, "331", "1 to 7 Jan")
    assert sum(column.value for column in chart.columns) == 331


def test_who_sees_no_money_gets_starts_and_uptime_alone(world):
    keys = [series.key for series in charts(scope(world), Days(), sees_money=False).series]

    assert keys == ["starts-allowed", "starts-refused", "uptime"]


def test_the_period_before_has_its_own_days(world):
    of = scope(world, "month")

    before = period_charts.previous_figures(replace(of), sees_money=True)

    assert before.spans[0].label == "1 Oct"
    assert before.spans[-1].label == "27 Oct"
