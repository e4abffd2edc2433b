"""Prices of 2.2.1 as a partner of 2.3.0 reads them: before taxes, and each tax by itself."""

from billing.roaming.versions.v230 import prices

VAT = {"name": "VAT", "percentage": 21.0, "amount": 1.24}
COST = {"excl_vat": 5.9, "incl_vat": 7.14, "_taxes": [VAT]}
BEFORE_AND_TAXES = {"before_taxes": 5.9, "taxes": [VAT]}


def test_a_session_names_its_taxes_one_by_one():
    assert prices.session({"id": "S1", "total_cost": COST}, None) == {"id": "S1", "total_cost": BEFORE_AND_TAXES}


def test_a_session_without_a_cost_stays_without_one():
    assert prices.session({"id": "S1"}, {"id": "sunset-1"}) == {"id": "S1"}


def test_every_cost_of_a_cdr_is_written_so_and_one_without_taxes_has_none():
    body = {"id": "C1", "total_cost": COST, "total_energy_cost": {"excl_vat": 5.4, "_taxes": []}, "total_energy": 12}

    assert prices.cdr(body, None) == {
        "id": "C1",
        "total_cost": BEFORE_AND_TAXES,
        "total_energy_cost": {"before_taxes": 5.4},
        "total_energy": 12,
    }


def test_a_tariff_has_its_prices_as_the_rate_states_them_and_its_limits():
    body = {
        "id": "standard",
        "elements": ["without tax"],
        "min_price": {"excl_vat": 2},
        "max_price": {"excl_vat": 50, "incl_vat": 60.5},
        "_v230": {"tax_included": "YES", "elements": ["with tax"]},
    }

    made = prices.tariff(body)

    assert (made["tax_included"], made["elements"]) == ("YES", ["with tax"])
    assert made["min_price"] == {"before_taxes": 2}
    assert made["max_price"] == {"before_taxes": 50, "after_taxes": 60.5}


def test_a_tariff_without_limits_stays_without_them():
    assert not {"min_price", "max_price"} & set(prices.tariff({"id": "standard", "_v230": {"elements": []}}))
