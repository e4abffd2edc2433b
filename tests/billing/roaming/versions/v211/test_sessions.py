"""A Session of 2.2.1 as a partner of 2.1.1 reads it."""

from typing import Any

import pytest

from billing.roaming.versions.v211 import sessions

LOCATION = {
    "id": "sunset-1",
    "evses": [
        {
            "uid": "CP1-1",
            "connectors": [
                {"id": "1", "standard": "IEC_62196_T2", "power_type": "DC", "max_voltage": 400, "max_amperage": 63}
            ],
        }
    ],
}


def stored(**changes: Any) -> dict[str, Any]:
    return {
        "country_code": "NL",
        "party_id": "SUN",
        "id": "S1",
        "start_date_time": "2026-03-10T12:00:00Z",
        "kwh": 12.5,
        "cdr_token": {"uid": "04A1", "type": "RFID", "contract_id": "NL-EMS-C001"},
        "auth_method": "WHITELIST",
        "location_id": "sunset-1",
        "evse_uid": "CP1-1",
        "connector_id": "1",
        "currency": "EUR",
        "charging_periods": [],
        "status": "ACTIVE",
        "last_updated": "2026-03-10T12:30:00Z",
        **changes,
    }


def test_a_session_that_runs_has_its_contract_and_its_location_and_no_end():
    made = sessions.session(stored(), LOCATION)

    assert set(made) == {
        "id", "start_datetime", "kwh", "auth_id", "auth_method", "location", "currency", "charging_periods", "status",
        "last_updated",
    }  # fmt: skip
    assert (made["auth_id"], made["start_datetime"], made["kwh"]) == ("NL-EMS-C001", "2026-03-10T12:00:00Z", 12.5)
    assert [evse["uid"] for evse in made["location"]["evses"]] == ["CP1-1"]


def test_one_that_ended_has_its_end_and_its_cost_without_tax():
    made = sessions.session(
        stored(end_date_time="2026-03-10T13:00:00Z", total_cost={"excl_vat": 5.9, "incl_vat": 7.14}), LOCATION
    )

    assert (made["end_datetime"], made["total_cost"]) == ("2026-03-10T13:00:00Z", 5.9)


def test_without_a_published_location_none_is_made_up():
    assert sessions.session(stored(), None)["location"] == {}


@pytest.mark.parametrize(
    ("method", "named"),
    [("COMMAND", "AUTH_REQUEST"), ("AUTH_REQUEST", "AUTH_REQUEST"), ("WHITELIST", "WHITELIST")],
)
def test_a_start_that_the_partner_ordered_was_asked_of_it(method: str, named: str):
    assert sessions.auth_method(method) == named


def test_periods_keep_the_dimensions_that_2_1_1_knows():
    energy, parking = {"type": "ENERGY", "volume": 1.5}, {"type": "PARKING_TIME", "volume": 0.5}
    period = {
        "start_date_time": "2026-03-10T12:00:00Z",
        "tariff_id": "standard",
        "dimensions": [energy, {"type": "STATE_OF_CHARGE", "volume": 80}, parking],
    }

    assert sessions.periods([period]) == [{"start_date_time": "2026-03-10T12:00:00Z", "dimensions": [energy, parking]}]
    assert sessions.periods([]) == []
