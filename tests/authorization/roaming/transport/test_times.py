"""Times as partners write them."""

from datetime import UTC, datetime

import pytest

from authorization.roaming.transport import times

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-10T12:00:00Z",
        "2026-03-10T12:00:00",
        "2026-03-10T12:00:00.000Z",
        "2026-03-10T13:00:00+01:00",
        "2026-03-10T13:00:00 01:00",
        "2026-03-10 12:00:00Z",
    ],
)
def test_it_reads_what_partners_write(text):
    assert times.read(text) == NOON


@pytest.mark.parametrize(
    "value", ["", "2026-03-10", "12:00", "2026-13-10T12:00:00Z", "2026-02-30T12:00:00Z", None, 5, "tomorrow"]
)
def test_it_refuses_what_is_no_time(value):
    with pytest.raises(times.TimeError):
        times.read(value)


def test_it_writes_milliseconds_only_where_there_are_some():
    assert times.text(NOON) == "2026-03-10T12:00:00Z"
    assert times.text(NOON.replace(microsecond=120_400)) == "2026-03-10T12:00:00.120Z"


@pytest.mark.parametrize(
    ("text", "deviation"),
    [
        ("2026-03-10T12:00:00Z", ""),
        ("2026-03-10T12:00:00", ""),
        ("2026-03-10 12:00:00Z", "a space stands for the T"),
        ("2026-03-10T13:00:00+01:00", "times are in UTC, with Z or without a zone"),
    ],
)
def test_it_names_how_a_readable_time_differs(text, deviation):
    assert times.deviation(text) == deviation
