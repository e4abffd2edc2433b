"""The REST API about where a host is paid: its bank accounts, and its account at the card processor."""

from datetime import UTC, datetime

import pytest

from billing.models import BankAccount
from billing.payouts.payees import bank_accounts
from billing.payouts.payees.bank_accounts import BankDetails
from tests.kit.bank_lines_api import known
from tests.kit.callers import Callers
from tests.kit.payouts import IBAN, Books

__all__ = ["known"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)


def test_a_key_enters_and_confirms_no_bank_account_and_may_withdraw_one(callers: Callers, known: Books):
    entered = bank_accounts.enter(known.scope, BankDetails(holder="New", iban=IBAN), by="user:a", now=NOW)
    at = f"bank-accounts/{entered.pk}/"

    refused = [callers.owner.post("bank-accounts/", {}), callers.owner.post(f"{at}confirm/", {})]

    for one in refused:
        assert one.status_code == 403
        assert "two people who have just logged in" in one.json()["detail"]
        assert "/payouts/sunset/accounts/" in one.json()["detail"]
    assert [one["last4"] for one in callers.owner.get("bank-accounts/", state="unconfirmed").json()["results"]] == [
        "3000"
    ]
    assert callers.stranger.post(f"{at}withdraw/", {}).status_code == 404
    assert callers.owner.post(f"{at}withdraw/", {}).json()["state"] == "withdrawn"
    assert callers.owner.post(f"{at}withdraw/", {}).status_code == 400
    assert "number" not in callers.owner.get("bank-accounts/").content.decode()
    assert BankAccount.objects.count() == 2


def test_onboarding_says_what_is_missing_and_links_to_the_processor(callers: Callers, known: Books):
    before = callers.owner.get("payouts/onboarding/").json()

    link = callers.owner.post("payouts/onboarding/", {})

    assert (before["state"], before["missing"]) == ("not_begun", [])
    assert link.status_code == 200
    assert link.json()["url"].startswith("http")
    after = callers.owner.get("payouts/onboarding/").json()
    assert after["state"] == "not_ready"
    assert after["missing"]
