"""The power of a session as a drawing."""

from datetime import UTC, datetime, timedelta

from support.diagnosis import curve
from support.diagnosis.causes import ChargeFacts, PowerReading, ReportedStatus, Span

START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
END = START + timedelta(hours=1)


def facts(*watts: int, **known) -> ChargeFacts:
    step = (END - START) / max(len(watts) - 1, 1)
    readings = tuple(PowerReading(START + number * step, power) for number, power in enumerate(watts))
    return ChargeFacts(now=END, started_at=START, stopped_at=END, readings=readings, **known)


def test_the_highest_power_is_near_the_top_and_zero_at_the_bottom():
    found = curve.drawn(facts(0, 11_000, 0))

    assert found.top_w == 12_000
    assert found.points == f"0.0,{curve.HEIGHT:.1f} 480.0,13.3 960.0,{curve.HEIGHT:.1f}"


def test_spans_without_contact_and_statuses_are_placed_in_time():
    gap = Span(START + timedelta(minutes=15), START + timedelta(minutes=30))
    status = ReportedStatus(at=START + timedelta(minutes=30), status="SuspendedEV")

    found = curve.drawn(facts(7000, 7000, gaps=(gap,), statuses=(status,)))

    assert [(one.x, one.width, one.style) for one in found.shades] == [(240.0, 240.0, "silent")]
    assert [(one.x, one.text) for one in found.statuses] == [(480.0, "SuspendedEV")]


def test_a_day_of_readings_is_thinned_and_keeps_its_peak():
    watts = [7000] * 8640
    watts[4321] = 11_000

    found = curve.drawn(facts(*watts))

    assert len(found.rows) <= 700
    assert max(one.power_w for one in found.rows) == 11_000


def test_without_a_reading_nothing_is_drawn():
    assert curve.drawn(facts()) is None
