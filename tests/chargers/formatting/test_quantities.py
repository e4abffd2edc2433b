"""Quantities as people read them: a sum in a table is rounded, never cut."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import timezone

from chargers.formatting import quantities


@pytest.mark.parametrize(
    ("energy_wh", "expected"),
    [(None, "–"), (0, "0.0 kWh"), (669, "0.7 kWh"), (86_250, "86.3 kWh"), (49, "0.0 kWh"), (1_234_950, "1,235.0 kWh")],
)
def test_a_short_energy_is_rounded_to_one_decimal(energy_wh: int | None, expected: str):
    assert quantities.kilowatt_hours_short(energy_wh) == expected


@pytest.mark.parametrize(
    ("energy_wh", "expected"), [(None, "–"), (1, "0.001 kWh"), (4025, "4.025 kWh"), (269_068, "269.068 kWh")]
)
def test_an_energy_is_exact_to_the_watt_hour(energy_wh: int | None, expected: str):
    assert quantities.kilowatt_hours(energy_wh) == expected


@pytest.mark.parametrize(("hour", "text"), [(5, "7 Nov, 01:30 EDT"), (6, "7 Nov, 01:30 EST")])
def test_a_page_names_the_zone_also_in_the_repeated_hour(hour: int, text: str):
    at = datetime(2027, 11, 7, hour, 30, tzinfo=UTC)
    page = Template("{% load portal %}{{ at|with_zone:'j M, H:i' }}{{ never|with_zone:'j M' }}")

    with timezone.override(ZoneInfo("America/New_York")):
        assert page.render(Context({"at": at, "never": None})) == text
