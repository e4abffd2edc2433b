"""The versions of OCPI that we speak, the best first."""

import pytest

from billing.roaming.versions import catalogue
from tests.kit import ocpi_tables
from tests.kit.elements import RATES, body

ENERGY = [{"name": "all day", "price": "0.40"}]


@pytest.mark.parametrize("version", catalogue.ALL.values(), ids=str)
@pytest.mark.parametrize("name", RATES)
def test_every_rate_is_a_tariff_in_every_version(name, version):
    complaints = []
    ocpi_tables.check("Tariff", body(name, version), version=version.name, complaints=complaints)
    assert complaints == []


def test_limits_are_on_the_side_that_the_rate_shows():
    assert body("everything")["min_price"] == {"excl_vat": 2, "incl_vat": 2.42}
    assert body("inclusive")["max_price"] == {"excl_vat": 50, "incl_vat": 60.5}
    assert body("inclusive", catalogue.ALL["2.3.0"])["max_price"] == {"before_taxes": 50, "after_taxes": 60.5}


def test_prices_with_tax_stay_as_they_are_in_2_3_0():
    price = body("inclusive")["elements"][0]["price_components"][0]
    assert (price["price"], price["vat"]) == (0.3306, 21)
    newer = body("inclusive", catalogue.ALL["2.3.0"])
    assert (newer["tax_included"], newer["elements"][0]["price_components"][0]["price"]) == ("YES", 0.4)
    assert body("plain", catalogue.ALL["2.3.0"])["tax_included"] == "N/A"


def test_2_1_1_says_limits_in_words():
    text = body("everything", catalogue.ALL["2.1.1"])["tariff_alt_text"][0]["text"]
    assert "at least 2 EUR" in text
