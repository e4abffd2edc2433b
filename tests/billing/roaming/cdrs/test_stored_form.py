"""A CDR as OCPI 2.2.1 has it (10.3), and its credit. Pure."""

import pytest

from billing.roaming.cdrs import stored_form

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_credit_for_a_partner_that_wants_all_amounts_negative():
    body = {"id": "a", "total_cost": {"excl_vat": 5}, "total_energy_cost": {"excl_vat": 4, "incl_vat": 5}}
    negated = stored_form.negating_all(stored_form.credit(body))
    assert negated["total_energy_cost"] == {"excl_vat": -4, "incl_vat": -5}
    assert negated["total_cost"] == {"excl_vat": -5}
