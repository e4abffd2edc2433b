"""Spans: summed days and the rest cover a period once, whatever is summed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.payments.daily_totals import spans

pytestmark = pytest.mark.pure
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_MOMENTS = st.timedeltas(timedelta(0), timedelta(days=60)).map(_BEGIN.__add__)
_DAYS = st.dates(date(2025, 12, 28), date(2026, 3, 5))


@given(st.none() | _MOMENTS, _MOMENTS, st.none() | _DAYS, st.lists(_DAYS, max_size=6), st.lists(_MOMENTS, max_size=20))
def test_each_moment_of_a_period_is_in_one_piece_and_no_other_moment_is(since, until, through, changed, moments):
    split = spans.split(since=since, until=until, through=through, changed=changed)
    edges = [until, until - timedelta(microseconds=1), *([since] if since else [])]
    for moment in (*moments, *edges):
        summed = _is_summed(split, moment.date())
        read = sum((begin is None or begin <= moment) and moment < end for begin, end in split.direct)
        assert summed + read == ((since is None or since <= moment) and moment < until)
        assert not summed or (through is not None and moment.date() <= through and moment.date() not in changed)


def _is_summed(split: spans.Span, day: date) -> bool:
    if split.last is None or day in split.without:
        return False
    return day <= split.last and (split.first is None or split.first <= day)
