"""Where hosts are paid: entered by one person, confirmed by another, used after a wait, and never shown whole."""

from datetime import UTC, datetime

import pytest

from billing.models import SimulatedBank
from billing.payouts.payees import acts as payee_act_acts
from billing.payouts.payees import bank_accounts, processor_accounts
from tests.kit.processor_accounts import agent, entered, known, set_up

__all__ = ["agent", "known"]
pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(tz=UTC)
HERE = {"return_url": "http://testserver/back", "again_url": "http://testserver/again"}


def test_a_change_that_was_cut_off_is_finished_by_the_sweep(known, agent):
    row = set_up(known, agent)
    payee_act_acts.confirm_account(entered(known, "000123456789"), by=agent, now=NOW)
    bank_accounts.confirm(entered(known, "000987654321"), by="user:agent@example.com", now=NOW)  # and killed here
    assert set(SimulatedBank.objects.filter(detached_at=None).values_list("last4", flat=True)) == {"6789"}

    processor_accounts.catch_up()
    processor_accounts.catch_up()

    assert set(SimulatedBank.objects.filter(detached_at=None).values_list("last4", flat=True)) == {"4321"}
    assert SimulatedBank.objects.filter(account__ref=row.ref).count() == 2
