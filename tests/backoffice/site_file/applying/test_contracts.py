"""Reimbursement contracts with their chargers and rates into rows."""

from typing import Any

import pytest

from authorization.models import (
    ReimbursementContract,
)
from tests.kit.import_site import SITE, apply, refused

pytestmark = pytest.mark.django_db
CONTRACT: dict[str, Any] = {
    "host": "sunset", "uid": "04:FF:EE:00:42", "name": "Kim, at home", "employer": "Acme", "chargers": ["CP1"],
    "monthly_cap_minor": 15000, "service_fee_minor": 250, "service_tax_pct": "21",
    "active_from": "2026-01-01T00:00:00Z",
    "rates": [{"from": "2026-01-01", "per_kwh": "0.29"}, {"from": "2026-07-01", "per_kwh": "0.31"}],
}  # fmt: skip


def test_it_brings_reimbursement_contracts_once(tmp_path):
    site = SITE | {"reimbursements": [CONTRACT]}

    first, second = apply(site, tmp_path), apply(site, tmp_path)

    assert first["kinds"]["reimbursements"] == {"created": 1, "updated": 0, "unchanged": 0}
    assert second["kinds"]["reimbursements"] == {"created": 0, "updated": 0, "unchanged": 1}
    made = ReimbursementContract.objects.get()
    assert (made.token.host, made.token.canonical_uid, made.currency) == (made.host, "04FFEE0042", "USD")
    assert [charger.charger_id for charger in made.chargers.all()] == ["CP1"]
    assert [str(rate.per_kwh) for rate in made.rates.order_by("from_date")] == ["0.29000", "0.31000"]
    assert (made.service_fee_minor, made.service_tax_pct) == (250, 21)

    changed = CONTRACT | {"chargers": [], "rates": CONTRACT["rates"][:1]}
    third = apply(SITE | {"reimbursements": [changed]}, tmp_path)
    assert third["kinds"]["reimbursements"]["updated"] == 1
    assert (made.chargers.count(), made.rates.count()) == (0, 1)


def test_it_names_what_is_wrong_with_a_contract(tmp_path):
    twice = [*CONTRACT["rates"], {"from": "2026-01-01", "per_kwh": "-1"}]
    wrong = CONTRACT | {"chargers": ["CP9"], "active_to": "2025-01-01T00:00:00Z", "rates": twice}

    errors = refused(SITE | {"reimbursements": [wrong, CONTRACT]}, tmp_path)

    assert {error["path"] for error in errors} == {
        "reimbursements[0].chargers[0]",
        "reimbursements[0].active_to",
        "reimbursements[0].rates[2].per_kwh",
        "reimbursements[0].rates[2].from",
        "reimbursements[1].name",
    }
    assert not ReimbursementContract.objects.exists()
