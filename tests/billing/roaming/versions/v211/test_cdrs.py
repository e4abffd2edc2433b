"""A CDR of 2.2.1 as a partner of 2.1.1 reads it."""

from typing import Any

from billing.roaming.versions.v211 import cdrs

LONG = "0192f0a1-0000-7000-8000-000000000001"


def stored(**changes: Any) -> dict[str, Any]:
    return {
        "id": LONG,
        "start_date_time": "2026-03-10T12:00:00Z",
        "end_date_time": "2026-03-10T13:00:00Z",
        "cdr_token": {"contract_id": "NL-EMS-C001"},
        "auth_method": "COMMAND",
        "cdr_location": {"id": "sunset-1", "evse_uid": "CP1-1", "connector_id": "1"},
        "currency": "EUR",
        "charging_periods": [],
        "total_cost": {"excl_vat": 5.9, "incl_vat": 7.14},
        "total_energy": 12,
        "total_time": 1,
        "total_parking_time": 0,
        "last_updated": "2026-03-10T13:01:00Z",
        **changes,
    }


def test_it_has_its_stop_its_contract_and_one_cost():
    made = cdrs.cdr(stored(), None)

    assert made == {
        "id": LONG,
        "start_date_time": "2026-03-10T12:00:00Z",
        "stop_date_time": "2026-03-10T13:00:00Z",
        "auth_id": "NL-EMS-C001",
        "auth_method": "AUTH_REQUEST",
        "location": {},
        "currency": "EUR",
        "charging_periods": [],
        "total_cost": 5.9,
        "total_energy": 12,
        "total_time": 1,
        "total_parking_time": 0,
        "last_updated": "2026-03-10T13:01:00Z",
    }


def test_tariffs_and_a_remark_stand_in_it_where_there_are_some():
    made = cdrs.cdr(stored(tariffs=[{"id": "standard"}], remark="Corrected."), None)

    assert (made["tariffs"], made["remark"]) == ([{"id": "standard"}], "Corrected.")
    assert "tariffs" not in cdrs.cdr(stored(tariffs=[]), None)


def test_a_credit_has_an_id_of_its_own_within_36_characters_and_says_what_it_credits():
    credit = stored(
        id=f"{LONG}-C", credit=True, credit_reference_id=LONG, total_cost={"excl_vat": -5.9, "incl_vat": -7.14}
    )

    made = cdrs.cdr(credit, None)

    assert made["id"] == f"C-{LONG}"[:36]
    assert (len(made["id"]), made["id"] != LONG) == (36, True)
    assert made["remark"] == f"Credit of CDR {LONG}."
    assert made["total_cost"] == -5.9
    assert not {"credit", "credit_reference_id"} & set(made)
