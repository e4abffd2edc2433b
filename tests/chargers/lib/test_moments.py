"""Moments that the database can hold, in UTC."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from chargers.lib import moments

EAST, WEST = timezone(timedelta(hours=14)), timezone(-timedelta(hours=12))


def test_an_ordinary_moment_is_itself_in_utc():
    moment = moments.clamp_to_utc(datetime(2026, 3, 10, 13, tzinfo=timezone(timedelta(hours=1))))

    assert (moment, moment.tzinfo) == (datetime(2026, 3, 10, 12, tzinfo=UTC), UTC)


@pytest.mark.parametrize(
    ("moment", "clamped"),
    [
        (datetime(1, 1, 1, tzinfo=EAST), datetime(1, 1, 1, tzinfo=UTC)),
        (datetime(9999, 12, 31, 23, tzinfo=WEST), datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        (datetime(1, 1, 1, tzinfo=WEST), datetime(1, 1, 1, 12, tzinfo=UTC)),
    ],
)
def test_what_lies_outside_of_all_years_is_their_first_or_last_moment(moment: datetime, clamped: datetime):
    assert moments.clamp_to_utc(moment) == clamped
