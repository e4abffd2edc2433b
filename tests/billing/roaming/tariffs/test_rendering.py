"""A rate as the tariff that is stored, and that as a partner is shown it."""

from typing import Any

import pytest

from authorization.roaming.transport.routing import Party
from billing.roaming.tariffs import rendering
from billing.roaming.versions import catalogue
from tests.kit.elements import RATES, body, parsed


def written(definition: dict[str, Any]) -> dict[str, Any]:
    return rendering.build_tariff(parsed(definition), tariff_id="standard", party=Party("NL", "SUN"))


def test_a_plain_rate_has_neither_limits_nor_words():
    made = written(RATES["plain"] | {"min_billable_wh": 0})

    assert (made["country_code"], made["party_id"], made["id"], made["currency"]) == ("NL", "SUN", "standard", "EUR")
    assert not {"min_price", "max_price", "tariff_alt_text"} & set(made)


def test_limits_stand_in_their_fields_and_what_no_element_says_in_words():
    made = written(RATES["everything"])

    assert made["min_price"]["excl_vat"] == 2
    assert made["max_price"]["excl_vat"] == 50
    assert "The first 10 minutes after charging are free." in made["tariff_alt_text"][0]["text"]


@pytest.mark.parametrize(
    ("name", "included", "price"), [("plain", "N/A", 0.4), ("inclusive", "YES", 0.4), ("everything", "NO", 0.2)]
)
def test_2_3_0_is_told_whether_prices_contain_taxes(name: str, included: str, price: float):
    shown = body(name, catalogue.ALL["2.3.0"])
    energy = [
        component["price"]
        for element in shown["elements"]
        for component in element["price_components"]
        if component["type"] == "ENERGY"
    ]

    assert (shown["tax_included"], energy[0]) == (included, price)


def test_before_2_3_0_prices_are_without_the_tax_that_the_rate_includes():
    (component,) = body("inclusive")["elements"][0]["price_components"]

    assert (component["price"], component["vat"]) == (0.3306, 21)


@pytest.mark.parametrize("version", catalogue.ALL.values(), ids=str)
def test_what_is_stored_for_2_3_0_is_shown_to_nobody(version):
    assert "_v230" not in body("everything", version)
