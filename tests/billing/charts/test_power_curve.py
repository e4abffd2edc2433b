"""The power of a session as a drawing."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from billing.charts import power_curve
from billing.charts.power_curve import HEIGHT, Mark, MeasuredPower, PowerReading, Span
from billing.charts.price_bands import Band, Price, PriceBands

START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
END = START + timedelta(hours=1)
ZONE = ZoneInfo("America/New_York")
DAY = Price(name="day", each="0.40", energy_wh=4000, amount_minor=160, shade=5)
NIGHT = Price(name="night", each="0.20", energy_wh=1000, amount_minor=20, shade=1)


def measured(*watts: int, until: datetime = END, **more) -> MeasuredPower:
    step = (until - START) / max(len(watts) - 1, 1)
    readings = tuple(PowerReading(START + number * step, power) for number, power in enumerate(watts))
    return MeasuredPower(since=START, until=until, readings=readings, **more)


def drawn(*watts: int, bands: PriceBands | None = None, **more):
    return power_curve.draw(measured(*watts, **more), bands=bands, zone=ZONE)


def test_the_highest_power_is_near_the_top_and_zero_at_the_bottom():
    curve = drawn(0, 11_000, 0)

    assert (curve.top_w, curve.half_w, curve.most_w) == (12_000, 6_000, 11_000)
    assert curve.line == f"0.0,{HEIGHT:.1f} 50.0,13.3 100.0,{HEIGHT:.1f}"
    assert curve.area == f"0.0,{HEIGHT} {curve.line} 100.0,{HEIGHT}"


def test_spans_without_contact_and_statuses_are_placed_in_time():
    gap = Span(START + timedelta(minutes=15), START + timedelta(minutes=30))
    status = Mark(START + timedelta(minutes=30), "SuspendedEV")

    curve = drawn(7000, 7000, silent=(gap,), statuses=(status,))

    assert [(shade.x, shade.width, shade.kind) for shade in curve.shades] == [(25.0, 25.0, "silent")]
    assert [(tick.x, tick.text) for tick in curve.statuses] == [(50.0, "SuspendedEV")]


def test_a_day_of_readings_is_thinned_and_keeps_its_peak():
    watts = [7000] * 8640
    watts[4321] = 11_000

    curve = drawn(*watts)

    assert len(curve.points) <= 245
    assert max(point.power_w for point in curve.points) == 11_000


def test_without_a_reading_nothing_is_drawn():
    assert drawn() is None


def test_the_strip_has_each_price_where_it_held_and_the_readings_have_theirs():
    noon = START + timedelta(minutes=45)
    bands = PriceBands(prices=(DAY, NIGHT), bands=(Band(START, noon, (DAY,)), Band(noon, END, (DAY, NIGHT))))

    curve = drawn(8000, 8000, 8000, 8000, 8000, bands=bands)

    assert [(one.x, one.width, one.shade) for one in curve.stretches] == [(0.0, 75.0, "5"), (75.0, 25.0, "several")]
    assert [point.price for point in curve.points] == [DAY, DAY, DAY, DAY, None]


def test_a_narrow_stretch_has_no_room_for_its_price():
    brief = START + timedelta(minutes=5)
    bands = PriceBands(prices=(DAY, NIGHT), bands=(Band(START, brief, (NIGHT,)), Band(brief, END, (DAY,))))

    assert [one.has_room for one in drawn(8000, 8000, bands=bands).stretches] == [False, True]


def test_idle_time_goes_on_after_the_last_reading():
    unplugged = END + timedelta(hours=1)

    curve = drawn(8000, 8000, bands=PriceBands(idle=((END, unplugged),)))

    assert (curve.until, curve.points[-1].x) == (unplugged, 50.0)
    assert [(shade.x, shade.width, shade.kind) for shade in curve.shades] == [(50.0, 50.0, "idle")]
    assert curve.kinds == {"idle"}


def test_the_axis_has_full_times_of_the_property_s_clock():
    curve = drawn(7000, 7000)

    local = [f"{tick.at.astimezone(ZONE):%H:%M}" for tick in curve.ticks]
    assert local == ["08:00", "08:10", "08:20", "08:30", "08:40", "08:50", "09:00"]


def test_the_axis_names_the_day_at_midnight():
    curve = drawn(7000, 7000, until=START + timedelta(hours=24))

    assert [f"{tick.at.astimezone(ZONE):%d %H:%M}" for tick in curve.ticks if tick.is_midnight] == ["11 00:00"]
    assert len(curve.ticks) <= 7
