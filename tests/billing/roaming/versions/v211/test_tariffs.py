"""A Tariff of 2.2.1 as a partner of 2.1.1 reads it."""

from typing import Any

from billing.roaming.versions.v211 import tariffs


def stored(**changes: Any) -> dict[str, Any]:
    return {
        "country_code": "NL",
        "party_id": "SUN",
        "id": "standard",
        "currency": "EUR",
        "type": "REGULAR",
        "elements": [{"price_components": [{"type": "ENERGY", "price": 0.45, "vat": 21, "step_size": 1}]}],
        "last_updated": "2026-03-10T12:00:00Z",
        **changes,
    }


def test_party_type_and_tax_are_left_out():
    assert tariffs.tariff(stored(start_date_time="2026-03-01T00:00:00Z")) == {
        "id": "standard",
        "currency": "EUR",
        "elements": [{"price_components": [{"type": "ENERGY", "price": 0.45, "step_size": 1}]}],
        "last_updated": "2026-03-10T12:00:00Z",
    }


def test_restrictions_that_2_1_1_does_not_know_are_left_out_and_with_the_last_one_all():
    component = {"type": "ENERGY", "price": 0.45, "step_size": 1}
    elements = [
        {"price_components": [component], "restrictions": {"start_time": "08:00", "max_current": 16}},
        {"price_components": [component], "restrictions": {"reservation": "RESERVATION"}},
    ]

    assert tariffs.tariff(stored(elements=elements))["elements"] == [
        {"price_components": [component], "restrictions": {"start_time": "08:00"}},
        {"price_components": [component]},
    ]


def test_limits_are_said_in_words_behind_what_is_said_already():
    made = tariffs.tariff(
        stored(
            min_price={"excl_vat": 2, "incl_vat": 2.42},
            max_price={"excl_vat": 50},
            tariff_alt_text=[{"language": "en", "text": "A session of less than 0.2 kWh is free."}],
        )
    )

    assert made["tariff_alt_text"] == [
        {
            "language": "en",
            "text": "A session of less than 0.2 kWh is free. A session costs at least 2 EUR without tax. "
            "A session costs at most 50 EUR without tax.",
        }
    ]
    assert not {"min_price", "max_price"} & set(made)


def test_words_end_where_the_field_does():
    said = [{"language": "en", "text": "x" * 510}]

    assert tariffs.tariff(stored(tariff_alt_text=said))["tariff_alt_text"] == said
    assert (
        len(tariffs.tariff(stored(tariff_alt_text=said, max_price={"excl_vat": 1}))["tariff_alt_text"][0]["text"])
        == 512
    )
