"""What a country suggests before anybody has chosen."""

from zoneinfo import available_timezones

import pytest

from billing.engine.values.money import EXPONENTS
from chargers.properties import countries, first_defaults


@pytest.mark.parametrize(
    ("country", "currency", "zone", "is_included"),
    [
        ("DE", "EUR", "Europe/Berlin", True),
        ("NL", "EUR", "Europe/Amsterdam", True),
        ("GB", "GBP", "Europe/London", True),
        ("CH", "CHF", "Europe/Zurich", True),
        ("BG", "EUR", "Europe/Sofia", True),
        ("US", "USD", "America/New_York", False),
        ("CA", "CAD", "America/Toronto", False),
        ("AU", "AUD", "Australia/Sydney", True),
        ("", "", "UTC", False),
    ],
)
def test_a_country_suggests_its_currency_time_zone_and_how_prices_are_stated(country, currency, zone, is_included):
    assert first_defaults.currency(country) == currency
    assert first_defaults.time_zone(country) == zone
    assert first_defaults.is_tax_included(country) is is_included


def test_every_country_has_a_zone_that_exists_and_a_currency_that_can_be_paid_in():
    zones = available_timezones()
    used = {first_defaults.currency(country) for country in countries.NAMES} - {""}

    assert all(first_defaults.time_zone(country) in zones for country in countries.NAMES)
    assert used <= set(EXPONENTS)
    assert all(first_defaults.currency(country) for country in countries.EU)
