"""The REST API about reimbursement: which card is paid for at which charger, by whom, and how much."""

import pytest

from authorization.models import (
    AuditEntry,
    ReimbursementContract,
)
from tests.kit.callers import Callers
from tests.kit.imports_api import paths, prefix, verdict
from tests.kit.world import World

__all__ = ["prefix"]
pytestmark = pytest.mark.django_db
UID = "04FFEE0042"


def test_it_makes_changes_and_ends_a_reimbursement_contract(callers: Callers, world: World, prefix):
    wanted = {"uid": "04:ff:ee:00:42", "name": "Kim, at home", "employer": "Acme", "per_kwh": "0.31"}

    made = callers.owner.post("reimbursements/", wanted)

    assert made.status_code == 201, made.json()
    contract = made.json()
    assert [rate["per_kwh"] for rate in contract["rates"]] == ["0.31000"]
    assert verdict(callers) == "reimbursement_not_linked"
    address = f"reimbursements/{contract['id']}/"
    linked = callers.owner.patch(address, {"chargers": ["CP1"], "monthly_cap_minor": 15000}).json()
    assert (linked["chargers"], linked["monthly_cap_minor"], linked["employer"]) == (["CP1"], 15000, "Acme")
    assert verdict(callers) == "accepted"
    fee = callers.owner.patch(address, {"service_fee_minor": 250, "service_tax_pct": "21"}).json()
    assert (fee["service_fee_minor"], fee["service_tax_pct"], fee["monthly_cap_minor"]) == (250, "21.00", 15000)
    assert paths(callers.owner.patch(address, {"service_tax_pct": "101"})) == ["service_tax_pct"]
    dearer = callers.owner.patch(address, {"per_kwh": "0.35", "rate_from": "2030-01-01"}).json()
    assert {rate["from_date"]: rate["per_kwh"] for rate in dearer["rates"]}["2030-01-01"] == "0.35000"
    assert len(dearer["rates"]) == 2
    assert callers.owner.post(f"{address}end/", {}).json()["active_to"] is not None
    assert verdict(callers) == "reimbursement_not_linked"
    assert {entry.actor for entry in AuditEntry.objects.all()} == {prefix}
    assert paths(callers.owner.post("reimbursements/", {**wanted, "chargers": ["CP9"]})) == ["chargers[0]"]
    assert paths(callers.owner.patch(address, {"rate_from": "2030-01-01"})) == ["per_kwh"]
    assert paths(callers.owner.post("reimbursements/", {**wanted, "uid": "Я"})) == ["uid"]
    assert ReimbursementContract.objects.count() == 1
