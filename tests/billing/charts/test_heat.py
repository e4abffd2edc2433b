"""How busy each hour of the week is."""

from billing.charts import heat


def test_a_cell_has_the_share_and_a_shade_of_the_busiest():
    week = heat.draw({(0, 8): 0.5, (6, 23): 0.1})

    monday, sunday = week.rows[0][1], week.rows[6][1]
    assert (monday[8].pct, monday[8].shade) == (50, 5)
    assert (sunday[23].pct, sunday[23].shade) == (10, 1)
    assert (monday[9].pct, monday[9].shade) == (0, 0)
    assert week.busiest == "Mon, 08:00 to 09:00: 50 %"


def test_a_little_is_not_nothing():
    assert heat.draw({(0, 0): 1.0, (0, 1): 0.001}).rows[0][1][1].shade == 1


def test_an_empty_week_has_no_busiest_hour():
    assert heat.draw({}).busiest == ""
