"""Where hosts are paid into rows: as two people would enter and confirm it, with the same wait and the same mails."""

from datetime import UTC, datetime

import pytest

from billing.models import BankAccount, OutgoingMail
from billing.payouts.payees import bank_accounts
from tests.kit.import_site import SITE, apply, refused

pytestmark = pytest.mark.django_db
BANK = {
    "host": "sunset", "holder": "Sunset Stays LLC", "iban": "NL91 ABNA 0417 1643 00", "currency": "EUR",
    "confirmed": True,
}  # fmt: skip


def test_it_enters_bank_accounts_and_the_same_file_changes_nothing(tmp_path):
    american = {
        "host": "sunset", "property": "sunset-1", "holder": "Sunset 1", "routing": "021000021", "number": "12345678",
        "currency": "USD",
    }  # fmt: skip
    site = {**SITE, "bank_accounts": [BANK, american]}

    assert apply(site, tmp_path)["kinds"]["bank_accounts"] == {"created": 2, "updated": 0, "unchanged": 0}
    assert apply(site, tmp_path)["kinds"]["bank_accounts"] == {"created": 0, "updated": 0, "unchanged": 2}
    ours, theirs = BankAccount.objects.order_by("pk")
    assert (ours.state, ours.last4, ours.property, bank_accounts.number(ours)) == (
        "confirmed", "4300", None, "NL91ABNA0417164300",
    )  # fmt: skip
    assert bank_accounts.why_not(ours, now=datetime.now(UTC)) is None
    assert (theirs.state, theirs.property.slug) == ("unconfirmed", "sunset-1")
    confirmed = {**site, "bank_accounts": [BANK, american | {"confirmed": True}]}
    assert apply(confirmed, tmp_path)["kinds"]["bank_accounts"] == {"created": 0, "updated": 1, "unchanged": 1}


def test_another_bank_account_waits_and_is_announced(tmp_path):
    apply({**SITE, "bank_accounts": [BANK]}, tmp_path)
    other = BANK | {"iban": "DE89370400440532013000"}

    assert apply({**SITE, "bank_accounts": [other]}, tmp_path)["kinds"]["bank_accounts"]["created"] == 1

    before, after = BankAccount.objects.order_by("pk")
    assert (before.state, after.state) == ("replaced", "confirmed")
    assert "is new, and is used from" in bank_accounts.why_not(after, now=datetime.now(UTC))
    assert {outgoing.address for outgoing in OutgoingMail.objects.filter(bank_account=after)} == {"host@example.com"}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"iban": "NL91ABNA0417164301"}, "bank_accounts[0].iban"),
        ({"iban": None}, "bank_accounts[0]"),
        ({"iban": None, "routing": "021000021"}, "bank_accounts[0]"),
        ({"number": "12345678"}, "bank_accounts[0].iban"),
        ({"holder": " "}, "bank_accounts[0].holder"),
        ({"currency": "EURO"}, "bank_accounts[0].currency"),
        ({"confirmed": "yes"}, "bank_accounts[0].confirmed"),
        ({"host": "moon"}, "bank_accounts[0].host"),
        ({"property": "moon-1"}, "bank_accounts[0].property"),
        ({"account": "x"}, "bank_accounts[0].account"),
    ],
)
def test_it_names_the_place_of_each_mistake_about_a_bank_account(tmp_path, changes, path):
    found = refused({**SITE, "bank_accounts": [{**BANK, **changes}]}, tmp_path)

    assert path in {one["path"] for one in found}
    assert not BankAccount.objects.exists()


def test_two_bank_accounts_for_the_same_money_are_refused(tmp_path):
    found = refused({**SITE, "bank_accounts": [BANK, BANK | {"iban": "DE89370400440532013000"}]}, tmp_path)

    assert [one["path"] for one in found] == ["bank_accounts[1].currency"]
