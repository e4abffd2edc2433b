"""Times as messages write them."""

import pytest

from billing.roaming.docket.facts import Side
from billing.roaming.docket.findings import times


def codes(value) -> list[str]:
    return [deviation.code for deviation in times.examine_time(Side.PARTNER, "$.timestamp", value)]


@pytest.mark.parametrize(
    "value", ["2026-03-10T12:00:00Z", "2026-03-10T12:00:00", "2026-03-10T12:00:00.1Z", "2026-03-10t12:00:00z"]
)
def test_what_ocpi_allows(value):
    assert codes(value) == []


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2026-03-10 12:00:00", "time.space"),
        ("2026-03-10T12:00:00+00:00", "time.offset"),
        ("2026-03-10T12:00:00-0500", "time.offset"),
        ("2026-03-10T12:00", "time.unreadable"),
        ("2026-13-10T12:00:00Z", "time.unreadable"),
        (1773144000, "time.unreadable"),
        ("", "time.unreadable"),
    ],
)
def test_what_it_does_not(value, code):
    assert codes(value) == [code]
