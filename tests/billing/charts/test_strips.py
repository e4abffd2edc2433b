"""A strip of columns for each series."""

from datetime import date

from billing.charts import strips
from billing.charts.strips import Series

DAYS = [date(2026, 3, day) for day in range(1, 5)]


def series(*values, title="Sessions"):
    found = {day: value for day, value in zip(DAYS, values, strict=True) if value}
    return Series(title=title, values=found, text=str)


def test_columns_stand_on_the_ground_and_the_highest_fills_the_strip():
    strip = strips.drawn([series(1, 0, 4, 2)], days=DAYS).strips[0]

    assert [(column.day.day, column.y, column.height) for column in strip.columns] == [
        (1, 30, 10),
        (3, 0, 40),
        (4, 20, 20),
    ]
    assert strip.total == "7"
    assert strip.peak == strip.columns[1]


def test_one_among_many_is_seen():
    strip = strips.drawn([series(1, 1000, 0, 0)], days=DAYS).strips[0]

    assert strip.columns[0].height == 2


def test_every_strip_has_its_own_scale():
    drawn = strips.drawn([series(1, 0, 0, 0), series(0, 500, 0, 0, title="Energy")], days=DAYS)

    assert [strip.columns[0].height for strip in drawn.strips] == [40, 40]


def test_the_table_has_the_days_with_a_value_newest_first():
    drawn = strips.drawn([series(1, 0, 0, 2), series(0, 0, 0, 5, title="Energy")], days=DAYS)

    assert drawn.table == [(DAYS[3], ["2", "5"]), (DAYS[0], ["1", "0"])]


def test_nothing_draws_nothing():
    drawn = strips.drawn([series(0, 0, 0, 0)], days=DAYS)

    assert drawn.strips[0].columns == []
    assert drawn.strips[0].peak is None
    assert drawn.table == []
