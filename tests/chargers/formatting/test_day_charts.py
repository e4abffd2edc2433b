"""A chart with a column for each day: its scale, its columns, the period before, the table, the file."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from chargers.formatting import day_charts
from chargers.formatting.day_charts import COUNT, HEIGHT, DaySpan, Earlier, Series

DAYS = [date(2026, 3, day) for day in range(1, 5)]
SPANS = day_charts.spans(DAYS)


def series(*values, **more):
    return Series(key="sessions", title="Sessions", unit=COUNT, values=values, total=sum(filter(None, values)), **more)


def earlier(*values, first=date(2026, 2, 1)):
    spans = day_charts.spans([first + timedelta(days=ahead) for ahead in range(len(values))])
    return Earlier(spans=spans, values=values, total=sum(values))


@pytest.mark.parametrize(
    ("highest", "scale"),
    [(0, ["1", "0"]), (1, ["1", "0"]), (2, ["2", "1", "0"]), (7, ["8", "4", "0"]), (10, ["10", "5", "0"]),
     (11, ["20", "10", "0"]), (61, ["80", "40", "0"]), (1001, ["2,000", "1,000", "0"])],
)  # fmt: skip
def test_the_axis_has_round_values_that_reach_the_highest(highest, scale):
    assert day_charts.draw(series(highest, 0, 0, 0), spans=SPANS).scale == scale


def test_columns_stand_on_the_ground_and_are_as_high_as_their_part_of_the_axis():
    chart = day_charts.draw(series(1, 0, 4, 2), spans=SPANS)

    heights = [float(part.split("v-")[1].split("h")[0]) for part in chart.path.split("z") if part]
    assert heights == [HEIGHT / 4, HEIGHT, HEIGHT / 2]
    assert all(f" {HEIGHT}v-" in part for part in chart.path.split("z") if part)
    assert chart.total == "7"
    assert chart.peak == chart.columns[2]


def test_one_among_many_is_seen():
    chart = day_charts.draw(series(1, 10_000, 0, 0), spans=SPANS)

    assert chart.path.startswith("M0.14 100v-1.5")


def test_a_day_without_a_value_is_read_and_opens_nothing():
    chart = day_charts.draw(series(3, 0, None, 2, opens=lambda span: f"?{span.query}"), spans=SPANS)

    assert [column.title for column in chart.columns] == ["1 Mar: 3", "2 Mar: 0", "3 Mar: –", "4 Mar: 2"]
    assert [column.href for column in chart.columns] == ["?on=2026-03-01", "", "", "?on=2026-03-04"]
    assert [column.days for column in chart.rows] == ["4 Mar", "1 Mar"]


def test_a_long_period_has_columns_of_seven_days_that_keep_the_sum():
    days = [date(2026, 1, 1) + timedelta(days=ahead) for ahead in range(100)]
    spans = day_charts.spans(days)
    values = day_charts.sum_by_span(dict.fromkeys(days, 2), spans)

    assert len(spans) == 15
    assert (spans[0].label, spans[4].label) == ("1 to 7 Jan", "29 Jan to 4 Feb")
    assert spans[-1] == DaySpan(date(2026, 4, 9), date(2026, 4, 10))
    assert spans[-1].query == "on=2026-04-09&to=2026-04-10"
    assert sum(values) == 200
    assert day_charts.draw(replace(series(), values=values), spans=spans).is_weekly


def test_the_period_before_stands_behind_each_column_and_the_difference_is_said():
    chart = day_charts.draw(series(3, 0, 4, 2, earlier=earlier(8, 1, 0, 0, 1)), spans=SPANS)

    assert chart.scale[0] == "8"
    assert chart.earlier_path.startswith("M0.06 100v-100h0.88")
    assert chart.change == "1 less than 1 Feb to 5 Feb 2026: 10."
    assert chart.columns[0].title == "1 Mar: 3; before, 1 Feb: 8"
    assert chart.columns[4].title == "No day; before, 5 Feb: 1"
    assert day_charts.draw(series(9, 1, 0, 0, earlier=earlier(8, 2)), spans=SPANS).change.startswith(
        "The same as 1 Feb"
    )
    assert day_charts.draw(series(9, 3, 0, 0, earlier=earlier(8, 2)), spans=SPANS).change.startswith(
        "2 more than 1 Feb"
    )


def test_what_is_not_known_is_not_compared():
    unknown = Earlier(spans=SPANS, values=[None] * 4, total=None)

    assert day_charts.draw(series(1, 1, 1, 1, earlier=unknown), spans=SPANS).change.startswith(
        "Nothing to compare with"
    )


def test_charts_drawn_together_share_the_scale_and_have_one_table():
    drawn = day_charts.draw_together([series(1, 0, 40, 0), series(0, 2, 0, 0), series(0, 0, 0, 0)], spans=SPANS)

    assert [chart.scale[0] for chart in drawn] == ["40", "40"]
    assert [(days, [column.label for column in columns]) for days, columns in day_charts.joint_rows(drawn)] == [
        ("3 Mar", ["40", "0"]),
        ("2 Mar", ["0", "2"]),
        ("1 Mar", ["1", "0"]),
    ]


def test_the_file_has_raw_numbers_with_the_earlier_days_beside_them():
    header, rows = day_charts.table(series(3, None, 4000, 0, earlier=earlier(1)), spans=SPANS)

    assert header[:3] == ["first_day", "last_day", "Sessions"]
    assert header[3:] == ["first_day_before", "last_day_before", "Sessions, before"]
    assert rows[0] == [DAYS[0], DAYS[0], 3, date(2026, 2, 1), date(2026, 2, 1), 1]
    assert rows[1] == [DAYS[1], DAYS[1], "", "", "", ""]
    assert rows[2][2] == 4000


def test_at_most_six_days_are_named_on_the_axis():
    days = [date(2026, 3, 1) + timedelta(days=ahead) for ahead in range(31)]

    ticks = day_charts.draw(series(*range(31)), spans=day_charts.spans(days)).ticks

    assert len(ticks) <= 6
    assert all(3 < tick.x < 97 for tick in ticks)


@pytest.mark.parametrize(
    ("on", "to", "expected"),
    [
        ("2027-03-04", "", (date(2027, 3, 4), date(2027, 3, 4))),
        ("2027-03-04", "2027-03-10", (date(2027, 3, 4), date(2027, 3, 10))),
        ("2027-03-04", "2027-03-01", (date(2027, 3, 4), date(2027, 3, 4))),
        ("2027-03-04", "2199-01-01", (date(2027, 3, 4), date(2028, 3, 4))),
        ("1999-12-31", "2027-03-10", None),
        ("", "2027-03-10", None),
        ("soon", "", None),
    ],
)
def test_the_days_of_an_address_are_read_within_bounds(on, to, expected):
    span = day_charts.read_span(on, to)

    assert (span and (span.first, span.last)) == expected
