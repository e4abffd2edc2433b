"""The data of the charts of refusals: one for each reason, whose columns open their decisions."""

from datetime import date, timedelta

from authorization.decide import reasons
from authorization.insight import refusal_chart
from authorization.insight.refusal_chart import ReasonDays
from chargers.formatting import day_charts

DAYS = [date(2026, 5, 1) + timedelta(days=at) for at in range(4)]


def test_each_reason_has_its_counts_and_addresses():
    rows = [ReasonDays(reasons.get("token_unknown"), {DAYS[1]: 10, DAYS[2]: 5})]

    (series,) = refusal_chart.series(
        rows, spans=day_charts.spans(DAYS), address=lambda reason: f"?reason={reason.code}"
    )

    assert series.values == [0, 10, 5, 0]
    assert series.total == rows[0].total == 15
    assert series.href == "?reason=token_unknown"
    assert series.opens(day_charts.spans(DAYS)[1]) == "?reason=token_unknown&on=2026-05-02"
