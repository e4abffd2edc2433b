from datetime import date

import pytest

from billing.proration import business_days


@pytest.mark.parametrize(
    ("day", "by", "expected"),
    [
        (date(2026, 12, 3), 2, date(2026, 12, 7)),
        (date(2026, 12, 4), 1, date(2026, 12, 7)),
        (date(2026, 12, 5), 1, date(2026, 12, 7)),
        (date(2026, 12, 5), 0, date(2026, 12, 5)),
        (date(2026, 12, 7), -1, date(2026, 12, 4)),
        (date(2026, 12, 6), -3, date(2026, 12, 2)),
    ],
)
def test_weekends_do_not_count(day, by, expected):
    assert business_days.shift_day(day, by) == expected
