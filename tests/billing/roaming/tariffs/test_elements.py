"""Rates as OCPI elements, in every version's own words."""

from billing.engine.rate import tariff as rates
from billing.roaming.tariffs import elements
from tests.kit.elements import body

ENERGY = [{"name": "all day", "price": "0.40"}]


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


def test_who_is_exempt_from_idle_fees_sees_none():
    definition = {"energy": ENERGY, "idle": {"per_min": "0.10", "exempt_audiences": ["roaming"]}}
    made = elements.of_rate(rates.parse_rate(definition, currency="EUR"))
    assert [each["price_components"][0]["type"] for each in made.elements] == ["ENERGY"]
