"""A stored CDR as a partner is shown it: in its version, and as it takes credits."""

from typing import Any

import pytest

from billing.roaming.cdrs import rendering
from billing.roaming.versions import catalogue

V211, V221, V230 = (catalogue.ALL[name] for name in ("2.1.1", "2.2.1", "2.3.0"))
PRICE = {"excl_vat": 5.9, "incl_vat": 7.14, "_taxes": [{"name": "VAT", "percentage": 21.0, "amount": 1.24}]}


def stored(**changes: Any) -> dict[str, Any]:
    return {
        "id": "C1",
        "start_date_time": "2026-03-10T12:00:00Z",
        "end_date_time": "2026-03-10T13:00:00Z",
        "cdr_token": {"contract_id": "NL-EMS-C001"},
        "auth_method": "WHITELIST",
        "cdr_location": {"id": "sunset-1", "evse_uid": "CP1-1", "connector_id": "1"},
        "currency": "EUR",
        "charging_periods": [],
        "total_cost": PRICE,
        "total_energy_cost": {"excl_vat": 5.4, "incl_vat": 6.53},
        "total_energy": 12,
        "total_time": 1,
        "total_parking_time": 0,
        "last_updated": "2026-03-10T13:01:00Z",
        **changes,
    }


def test_what_is_ours_is_not_shown():
    assert rendering.cdr(stored(), version=V221)["total_cost"] == {"excl_vat": 5.9, "incl_vat": 7.14}


def test_its_tariffs_are_written_in_the_version_too():
    component = {"type": "ENERGY", "price": 0.45, "vat": 21, "step_size": 1}
    tariff = {
        "id": "standard", "currency": "EUR", "party_id": "SUN", "elements": [{"price_components": [component]}],
        "_v230": {"tax_included": "NO", "elements": [{"price_components": [component]}]},
    }  # fmt: skip

    def shown(version):
        (only,) = rendering.cdr(stored(tariffs=[tariff]), version=version)["tariffs"]
        return only

    assert (shown(V221)["party_id"], "_v230" in shown(V221)) == ("SUN", False)
    assert (shown(V230)["tax_included"], "_v230" in shown(V230)) == ("NO", False)
    assert ("party_id" in shown(V211), "vat" in shown(V211)["elements"][0]["price_components"][0]) == (False, False)
    assert "tariffs" not in rendering.cdr(stored(), version=V221)


@pytest.mark.parametrize(
    ("changes", "negates_all", "energy"),
    [({"credit": True}, True, -5.4), ({"credit": True}, False, 5.4), ({}, True, 5.4)],
)
def test_only_of_a_credit_and_only_for_a_partner_that_wants_it_every_amount_is_negative(changes, negates_all, energy):
    made = rendering.cdr(stored(**changes), version=V221, negates_all=negates_all)

    assert made["total_energy_cost"]["excl_vat"] == energy


def test_a_partner_of_2_1_1_that_wants_it_reads_the_end_under_both_names():
    plain, both = (rendering.cdr(stored(), version=V211, names_end=names_end) for names_end in (False, True))

    assert "end_date_time" not in plain
    assert both["end_date_time"] == both["stop_date_time"] == "2026-03-10T13:00:00Z"
