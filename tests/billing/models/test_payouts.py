"""Payouts and bank accounts, as people read and type them."""

from datetime import UTC, datetime

import pytest

from billing.models import BankAccount, Payout, PayoutAgreement, ProcessorAccount
from chargers.models import Host, Property

HOST = Host(name="Sunset Stays")


def test_a_payout_has_a_label_of_six_digits_and_the_last_moment_of_its_period():
    payout = Payout(number=12, amount_minor=9680, currency="USD", ends_at=datetime(2026, 4, 1, tzinfo=UTC))

    assert (payout.label, str(payout)) == ("P-000012", "Payout P-000012 of 96.80 USD")
    assert payout.last_moment == datetime(2026, 3, 31, 23, 59, 59, 999_999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("scheme", "named"),
    [(BankAccount.Scheme.IBAN, "IBAN ending 4321"), (BankAccount.Scheme.US, "bank account ending 4321")],
)
def test_a_bank_account_is_named_by_its_kind_and_its_end(scheme: str, named: str):
    assert str(BankAccount(scheme=scheme, last4="4321")) == named


def test_an_account_at_the_processor_is_named_by_its_reference_once_it_has_one():
    assert str(ProcessorAccount(host=HOST, processor="stripe", ref="acct_1")) == "acct_1"
    assert str(ProcessorAccount(host=HOST, processor="stripe")) == "stripe account of Sunset Stays"


def test_an_agreement_is_with_a_property_or_else_with_the_host():
    site = Property(name="Sunset 1")

    assert str(PayoutAgreement(host=HOST, number=2, currency="USD")) == "Agreement 2 with Sunset Stays (USD)"
    assert str(PayoutAgreement(host=HOST, property=site, number=2, currency="USD")) == "Agreement 2 with Sunset 1 (USD)"
