"""Coordinates that were typed the wrong way round."""

from decimal import Decimal

import pytest

from chargers.properties import coordinates


@pytest.mark.parametrize(
    ("latitude", "longitude", "zone", "is_swapped"),
    [
        ("52.09", "5.12", "Europe/Amsterdam", False),
        ("5.12", "52.09", "Europe/Amsterdam", True),
        ("40.71", "-74.00", "America/New_York", False),
        ("-74.00", "40.71", "America/New_York", True),
        ("24.55", "-81.78", "America/New_York", False),
        ("34.05", "-118.24", "America/Los_Angeles", False),
        ("-33.87", "151.21", "Australia/Sydney", False),
        ("9.03", "8.68", "Africa/Lagos", False),
        ("52.09", "5.12", "UTC", False),
        ("10", "20", "Europe/Amsterdam", False),
    ],
)
def test_they_look_swapped_where_the_other_way_round_is_near_the_zones_city(latitude, longitude, zone, is_swapped):
    found = coordinates.check_swap(Decimal(latitude), Decimal(longitude), time_zone=zone)

    assert bool(found) is is_swapped
    assert "Swap them." in found or not is_swapped
