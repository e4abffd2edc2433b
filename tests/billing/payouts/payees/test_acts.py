"""What hosts and agents do with agreements, bank accounts and accounts at the card processor."""

from datetime import UTC, datetime

import pytest

from billing.models import BankAccount
from billing.payouts.payees import acts as payee_act_acts
from tests.kit.processor_accounts import agent, entered, known, set_up, world

__all__ = ["agent", "known", "world"]
pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(tz=UTC)
HERE = {"return_url": "http://testserver/back", "again_url": "http://testserver/again"}


def test_the_confirmed_bank_is_attached_and_the_old_one_detached_in_the_same_act(world, known, agent):
    row = set_up(known, agent)
    payee_act_acts.confirm_account(entered(known, "000123456789"), by=agent, now=NOW)
    assert world.banks(row.ref) == ["6789"]

    payee_act_acts.confirm_account(entered(known, "000987654321"), by=agent, now=NOW)

    assert world.banks(row.ref) == ["4321"]
    states = {one.last4: (one.state, bool(one.processor_ref)) for one in BankAccount.objects.all()}
    assert states == {"6789": ("replaced", False), "4321": ("confirmed", True)}


def test_a_bank_that_was_confirmed_before_the_account_was_opened_is_attached_with_it(world, known, agent):
    payee_act_acts.confirm_account(entered(known, "000123456789"), by=agent, now=NOW)

    row = set_up(known, agent)

    assert world.banks(row.ref) == ["6789"]
