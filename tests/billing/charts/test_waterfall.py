"""The bars of a payout's bridge: each begins where the one before ended."""

from billing.charts import waterfall


def drawn(*amounts: int):
    rows = [{"label": f"step {number}", "amount_minor": minor} for number, minor in enumerate(amounts)]
    return waterfall.draw(rows, total_minor=sum(amounts), currency="USD")


def test_each_bar_begins_where_the_one_before_ended_and_the_last_is_what_is_paid():
    drawing = drawn(10_000, -2500, 500)

    assert [(bar.label, bar.amount, bar.style, bar.x, bar.width) for bar in drawing.bars] == [
        ("step 0", "$100.00", "up", 0, 1000),
        ("step 1", "−$25.00", "down", 750, 250),
        ("step 2", "$5.00", "up", 750, 50),
        ("Paid", "$80.00", "total", 0, 800),
    ]
    assert drawing.zero_x == 0


def test_what_is_below_zero_stands_left_of_it():
    drawing = drawn(-400, 600)

    assert drawing.zero_x == 666.7
    assert [(bar.x, bar.width) for bar in drawing.bars] == [(0, 666.7), (0, 1000), (666.7, 333.3)]


def test_a_little_is_seen_and_nothing_but_zeros_does_not_divide_by_zero():
    assert drawn(1_000_000, -1).bars[1].width == 2
    assert [bar.width for bar in drawn(0, 0).bars] == [2, 2, 2]


def test_without_rows_there_is_no_drawing():
    assert drawn() is None
