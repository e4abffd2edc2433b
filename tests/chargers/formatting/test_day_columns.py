"""Where the column of a day stands."""

from chargers.formatting import day_columns


def test_the_highest_day_fills_the_chart_and_each_stands_on_the_ground():
    highest, half = day_columns.column_at(8, at=0, highest=8), day_columns.column_at(4, at=3, highest=8)

    assert (highest.x, highest.y, highest.height) == (0, 0, 40)
    assert (half.x, half.y, half.height) == (36, 20, 20)


def test_one_among_many_is_seen():
    assert day_columns.column_at(1, at=0, highest=1000).height == 2
