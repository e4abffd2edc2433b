"""A Location of 2.2.1 as a partner of 2.1.1 reads it."""

from typing import Any

import pytest

from billing.roaming.versions.v211 import locations


def connector(standard: str = "IEC_62196_T2", **changes: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "standard": standard,
        "power_type": "AC_3_PHASE",
        "max_voltage": 230,
        "max_amperage": 16,
        "max_electric_power": 11_000,
        "tariff_ids": ["standard", "night"],
        **changes,
    }


def evse(*connectors: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"uid": "E1", "connectors": list(connectors), **changes}


def test_it_has_no_party_and_says_nothing_that_2_1_1_does_not_know():
    body = {"id": "L1", "country_code": "NL", "party_id": "EMS", "publish": True, "name": "Sunset"}

    assert locations.location(body) == {"id": "L1", "name": "Sunset", "type": "UNKNOWN", "postal_code": "", "evses": []}


def test_a_plug_that_2_1_1_has_no_name_for_is_left_out_and_with_its_last_one_the_evse():
    kept = evse(connector(), connector("SAE_J3400"))

    assert [
        len(each["connectors"]) for each in locations.location({"evses": [kept, evse(connector("MCS"))]})["evses"]
    ] == [1]


def test_capabilities_are_those_of_2_1_1():
    made = locations.evse(evse(connector(), capabilities=["RFID_READER", "CONTACTLESS_CARD_SUPPORT", "RESERVABLE"]))

    assert made["capabilities"] == ["RFID_READER", "RESERVABLE"]
    assert locations.evse(evse(connector()))["capabilities"] == []


def test_a_connector_has_its_figures_under_their_old_names_and_one_tariff():
    assert locations.connector(connector()) == {
        "id": "1", "standard": "IEC_62196_T2", "power_type": "AC_3_PHASE", "voltage": 230, "amperage": 16,
        "tariff_id": "standard",
    }  # fmt: skip
    assert "tariff_id" not in locations.connector(connector(tariff_ids=[]))


@pytest.mark.parametrize(
    ("power_type", "named"), [("AC_2_PHASE", "AC_1_PHASE"), ("AC_2_PHASE_SPLIT", "AC_1_PHASE"), ("DC", "DC")]
)
def test_two_phases_are_called_one(power_type: str, named: str):
    assert locations.connector(connector(power_type=power_type))["power_type"] == named
