"""Hosts' accounts at the simulated processor: opened, asked for more, paid to banks that come and go."""

from datetime import timedelta

import pytest

from billing.models import SimulatedDelivery
from billing.payments.processors import processor
from billing.payments.processors.protocol import AccountToOpen, BankToAttach, NotPossibleError
from billing.payments.processors.simulated import accounts, clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> str:
    opened = AccountToOpen(owner="host:1", name="Sunset Stays", country="US", email="host@example.com")
    return accounts.begin(opened, key="account:1").ref


def bank(currency: str = "USD", number: str = "000123456789") -> BankToAttach:
    return BankToAttach(holder="Sunset Stays", country="US", currency=currency, number=number, routing="110000000")


def test_a_new_account_wants_to_know_things_and_pays_nothing_out(account):
    known = processor().look_up_account(account)

    assert (known.is_enabled, known.disabled_reason) == (False, "requirements.past_due")
    assert "individual.dob.day" in known.missing


def test_a_key_opens_one_account_even_long_after_keys_of_payments_are_forgotten(account):
    clock.advance(timedelta(days=400))
    again = AccountToOpen(owner="host:1", name="Sunset Stays", country="US", email="host@example.com")

    assert accounts.begin(again, key="account:1").ref == account


def test_its_page_is_for_one_visit_and_for_an_account_that_there_is(account):
    page = accounts.page(account, return_url="https://example.com/back")

    assert account in page.url
    assert timedelta(minutes=4) < page.expires_at - clock.now() <= accounts.PAGE_LASTS
    with pytest.raises(NotPossibleError, match="no account acct_none"):
        accounts.page("acct_none", return_url="")


def test_it_pays_out_once_nothing_is_missing_and_stops_for_a_reason(account):
    accounts.require(account)
    assert processor().look_up_account(account).is_enabled
    accounts.require(account, disabled_reason="rejected.fraud")
    assert processor().look_up_account(account).disabled_reason == "rejected.fraud"
    accounts.require(account, "individual.id_number")
    known = processor().look_up_account(account)

    assert (known.missing, known.disabled_reason) == (("individual.id_number",), "requirements.past_due")
    assert SimulatedDelivery.objects.filter(raw__contains="account.updated").count() == 8


def test_our_own_balance_is_no_account_of_a_host():
    assert accounts.find("") is None
    assert accounts.find("acct_none") is None


def test_the_only_bank_of_a_currency_cannot_be_taken_away(account):
    dollars = accounts.attach(account, bank(), key="b1")
    accounts.attach(account, bank("EUR"), key="b2")

    with pytest.raises(NotPossibleError, match="attach another first"):
        accounts.detach(account, dollars)
    accounts.attach(account, bank(number="000987654321"), key="b3")
    accounts.detach(account, dollars)

    accounts.detach(account, dollars)  # a repeat changes nothing
    with pytest.raises(NotPossibleError, match="no bank"):
        accounts.check_bank(account, dollars)
    accounts.check_bank(account, "")
