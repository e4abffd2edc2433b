"""The last day of a property's power drawn: the numbers of an SVG, worked out here so that the ..."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from chargers.models import (
    PowerSample,
)
from chargers.pages import power_picture


def test_a_silence_is_a_gap_in_the_picture():
    at = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
    samples = [
        PowerSample(at=at - timedelta(minutes=m), drawn_a=Decimal(9), allotted_a=Decimal(9), limit_a=Decimal(9))
        for m in (1, 4, 200, 203)
    ]
    picture = power_picture.of_samples(samples, zone=ZoneInfo("America/New_York"), now=at)
    assert picture is not None
    assert len(picture.drawn) == 2
    assert len({label.y for label in picture.labels}) == 3
    assert power_picture.of_samples([], zone=ZoneInfo("UTC"), now=at) is None
