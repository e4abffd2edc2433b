"""Rates as OCPI elements, in every version's own words."""

import pytest

from authorization.roaming.transport.routing import Party
from billing.engine.rate import tariff as rates
from billing.roaming.tariffs import elements, rendering
from billing.roaming.versions import catalogue
from tests.kit import ocpi_tables

ENERGY = [{"name": "all day", "price": "0.40"}]
RATES = {
    "plain": {"energy": ENERGY},
    "free": {"energy": [{"name": "all day", "price": "0"}]},
    "everything": {
        "connection_fee": "1.00",
        "energy": [
            {"name": "night", "price": "0.20", "from": "22:00", "to": "06:00"},
            {"name": "weekend", "price": "0.25", "days": ["SAT", "SUN"]},
            {"name": "day", "price": "0.45"},
        ],
        "time": {"per_min": "0.05"},
        "idle": {"per_min": "0.10", "grace_min": 10, "cap": "12.00", "free_windows": [["22:00", "07:00"]]},
        "processing_fee": "0.35",
        "min_total": "2.00",
        "max_total": "50.00",
        "tax": {"mode": "exclusive", "rates": dict.fromkeys(("connection", "energy", "idle", "processing"), "21")},
    },
    "inclusive": {"energy": ENERGY, "tax": {"mode": "inclusive", "rates": {"energy": "21"}}, "max_total": "60.50"},
}


def parsed(definition):
    return rates.parse_rate(definition, currency="EUR")


def body(name, version=catalogue.ALL["2.2.1"]):
    written = rendering.written(parsed(RATES[name]), tariff_id="t", party=Party("NL", "SUN"))
    return rendering.tariff(written | {"last_updated": "2026-03-10T12:00:00Z"}, version=version)


@pytest.mark.parametrize("version", catalogue.ALL.values(), ids=str)
@pytest.mark.parametrize("name", RATES)
def test_every_rate_is_a_tariff_in_every_version(name, version):
    complaints = []
    ocpi_tables.check("Tariff", body(name, version), version=version.name, complaints=complaints)
    assert complaints == []


def test_free_is_one_flat_of_nothing():
    assert body("free")["elements"] == [{"price_components": [{"type": "FLAT", "price": 0, "step_size": 1}]}]


def test_a_window_past_midnight_is_two_and_the_first_that_holds_wins():
    priced = [
        (element["price_components"][0]["price"], element.get("restrictions", {}))
        for element in body("everything")["elements"]
        if element["price_components"][0]["type"] == "ENERGY"
    ]
    assert priced == [
        (0.2, {"start_time": "22:00", "end_time": "00:00"}),
        (0.2, {"start_time": "00:00", "end_time": "06:00"}),
        (0.25, {"day_of_week": ["SATURDAY", "SUNDAY"]}),
        (0.45, {}),
    ]


def test_every_step_is_one():
    steps = {
        component["step_size"]
        for element in body("everything")["elements"]
        for component in element["price_components"]
    }
    assert steps == {1}


def test_idle_time_is_parking_time_by_the_hour_outside_its_free_windows():
    parking = [
        element
        for element in body("everything")["elements"]
        if element["price_components"][0]["type"] == "PARKING_TIME"
    ]
    assert [each["price_components"][0]["price"] for each in parking] == [6]
    assert parking[0]["restrictions"] == {"start_time": "07:00", "end_time": "22:00"}


def test_fees_that_are_taxed_alike_are_one_flat():
    flat = body("everything")["elements"][0]["price_components"][0]
    assert (flat["type"], flat["price"], flat["vat"]) == ("FLAT", 1.35, 21)


def test_what_no_element_can_say_is_said_in_words_without_their_prices():
    text = body("everything")["tariff_alt_text"][0]["text"]
    assert "The first 10 minutes after charging are free." in text
    assert "Time after charging costs at most 12.00 EUR." in text
    assert not any(price in text for price in ("0.20", "0.25", "0.45", "0.10", "1.35"))


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


def test_who_is_exempt_from_idle_fees_sees_none():
    definition = {"energy": ENERGY, "idle": {"per_min": "0.10", "exempt_audiences": ["roaming"]}}
    made = elements.of_rate(rates.parse_rate(definition, currency="EUR"))
    assert [each["price_components"][0]["type"] for each in made.elements] == ["ENERGY"]
