"""The chart of refusals: zero-based bars on one scale, and the table behind it."""

from datetime import date, timedelta

from authorization.decide import reasons
from authorization.insight import refusal_chart
from authorization.insight.refusal_chart import HEIGHT, Series

DAYS = [date(2026, 5, 1) + timedelta(days=at) for at in range(4)]


def drawn(**counts):
    return refusal_chart.drawn([Series(reasons.get(code), found) for code, found in counts.items()], days=DAYS)


def test_it_draws_all_reasons_on_one_scale():
    chart = drawn(token_unknown=[0, 10, 5, 0], not_public=[0, 0, 1, 0])

    unknown, public = chart.strips
    assert [(bar.day, bar.count, bar.height, bar.y) for bar in unknown.bars] == [
        (DAYS[1], 10, HEIGHT, 0),
        (DAYS[2], 5, HEIGHT // 2, HEIGHT // 2),
    ]
    assert (public.bars[0].height, unknown.peak.count) == (HEIGHT // 10, 10)
    assert all(0 <= bar.x <= chart.width - chart.bar_width for bar in unknown.bars)


def test_even_one_among_many_is_to_be_seen():
    (strip,) = drawn(token_unknown=[1000, 1, 0, 0]).strips

    assert strip.bars[1].height > 0


def test_it_has_a_table_of_the_days_with_refusals_newest_first():
    chart = drawn(token_unknown=[0, 10, 5, 0], not_public=[0, 0, 1, 0], licence_inactive=[0, 0, 0, 0])

    assert chart.table == [(DAYS[2], [5, 1]), (DAYS[1], [10, 0])]


def test_it_draws_nothing_of_nothing():
    assert drawn().strips == []
