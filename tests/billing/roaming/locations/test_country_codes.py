"""Three letters for every country that a property may be in."""

from billing.roaming.locations import country_codes
from chargers.properties import countries


def test_every_country_has_three_letters():
    missing = [code for code in countries.NAMES if len(country_codes.three_letters(code)) != 3]
    assert missing == []


def test_what_is_no_country_has_none():
    assert country_codes.three_letters("ZZ") == ""
    assert country_codes.three_letters("nl") == "NLD"
