"""Times and durations as guests read them: in the site's zone, which is named."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from billing.formatting import times

AT = datetime(2026, 3, 10, 21, 0, 5, tzinfo=UTC)
NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    ("write", "written"),
    [
        (times.format_moment, "10 Mar 2026, 17:00 EDT"),
        (times.when_short, "10 Mar, 17:00 EDT"),
        (times.to_the_second, "10 Mar, 17:00:05 EDT"),
        (times.time_of_day, "17:00 EDT"),
        (times.day, "10 Mar 2026"),
        (times.format_with_utc_offset, "10 Mar 2026, 17:00 EDT (UTC−4)"),
    ],
)
def test_a_moment_is_written_by_the_clock_of_the_site(write, written):
    with timezone.override(NEW_YORK):
        assert write(AT) == write("2026-03-10T21:00:05Z") == written
        assert [write(None), write("")] == ["not reported", "not reported"]


@pytest.mark.parametrize(
    ("write", "written"),
    [
        (times.when_in, "11 Mar 2026, 06:00 JST"),
        (times.to_the_second_in, "11 Mar, 06:00:05 JST"),
        (times.time_of_day_in, "06:00 JST"),
        (times.day_in, "11 Mar 2026"),
    ],
)
def test_in_a_list_of_several_sites_each_has_its_own_clock(write, written):
    with timezone.override(NEW_YORK):
        assert write(AT, "Asia/Tokyo") == written
        assert timezone.get_current_timezone_name() == NEW_YORK


def test_a_site_whose_zone_has_no_name_gives_the_difference_to_utc():
    at = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)

    with timezone.override(ZoneInfo("America/Sao_Paulo")):
        assert times.format_moment(at) == "5 Mar 2026, 09:00 UTC−3"
    with timezone.override(ZoneInfo("Asia/Kathmandu")):
        assert times.time_of_day("2026-03-05T12:00:00Z") == "17:45 UTC+5:45"
    with timezone.override(ZoneInfo("America/New_York")):
        assert times.span(at, at + timedelta(minutes=5)) == "from 5 Mar 2026, 07:00 to 07:05 EST"
        assert times.span(at, at + timedelta(seconds=20)) == "from 5 Mar 2026, 07:00:00 to 07:00:20 EST"
        assert times.span(at, at) == "at 5 Mar 2026, 07:00:00 EST"
        over_the_change = times.span(datetime(2026, 3, 8, 6, 0, tzinfo=UTC), datetime(2026, 3, 8, 8, 0, tzinfo=UTC))
    assert over_the_change == "from 8 Mar 2026, 01:00 EST to 8 Mar 2026, 04:00 EDT"


def test_a_receipt_says_the_zone_as_its_page_does_and_the_difference_to_utc():
    at = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)

    with timezone.override(ZoneInfo("America/New_York")):
        assert (
            times.format_with_utc_offset(at) == f"{times.format_moment(at)} (UTC−5)" == "5 Mar 2026, 07:00 EST (UTC−5)"
        )
    with timezone.override(ZoneInfo("America/Sao_Paulo")):
        assert times.format_with_utc_offset(at) == "5 Mar 2026, 09:00 UTC−3"
    with timezone.override(ZoneInfo("UTC")):
        assert times.format_with_utc_offset(at) == "5 Mar 2026, 12:00 UTC"
    with timezone.override(ZoneInfo("Asia/Kathmandu")), translation.override("de"):
        assert times.format_with_utc_offset(at) == "5. März 2026, 17:45 UTC+5:45"


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        (0, "0 min"),
        (42, "42 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h 00 min"),
        (3900, "1 h 05 min"),
        (timedelta(days=1, seconds=30), "24 h 00 min"),
        (timedelta(milliseconds=900), "0 min"),
    ],
)
def test_a_duration_is_said_as_people_say_it(duration, said):
    assert times.format_duration(duration) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (45, "45 s"), (300, "5 min"), (3600, "1 h"), (3945, "1 h 5 min 45 s")]
)
def test_an_exact_duration_has_the_parts_that_there_are(seconds, said):
    assert times.lasted_exactly(timedelta(seconds=seconds)) == said


def test_a_span_over_midnight_names_both_days():
    with timezone.override(NEW_YORK):
        night = times.span(AT, AT + timedelta(hours=8))

    assert night == "from 10 Mar 2026, 17:00 EDT to 11 Mar 2026, 01:00 EDT"


def test_less_than_a_minute_over_the_full_minute_is_written_without_seconds():
    with timezone.override(NEW_YORK):
        span = times.span(AT - timedelta(seconds=10), AT)

    assert span == "from 10 Mar 2026, 16:59 to 17:00 EDT"
