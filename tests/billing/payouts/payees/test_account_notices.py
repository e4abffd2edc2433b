"""Letters about changes of bank accounts: to everybody who may handle the host's money, and to the ..."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import Membership
from backoffice.portal.onboarding import onboarding
from billing.models import OutgoingMail
from billing.payouts.payees import acts as payee_act_acts
from billing.payouts.payees import bank_accounts
from billing.payouts.payees.agreements import Scope
from support.desk import home as support_home
from tests.kit.payouts_pages import text_of
from tests.kit.world import make_user

pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)


def test_a_new_hosts_page_says_what_is_missing_and_reminds_by_name(world, client_of):
    owner, second = client_of(world.owner), make_user("second@example.com", world.host, "finance")
    page = text_of(owner.get("/payouts/sunset/"))
    assert "What is still missing" in page
    assert "Payouts have no account yet." in page
    assert "Support agrees terms with you; until then the standard terms hold." in page

    scope = Scope(host=world.host, currency="USD")
    entered = bank_accounts.BankDetails(holder="Sunset Stays", iban="DE89370400440532013000")
    account = payee_act_acts.enter_account(scope, entered, by=world.owner, now=NOW)
    page = text_of(owner.get("/payouts/sunset/"))
    assert "that owner@example.com entered waits for a second person to confirm it: second@example.com." in page
    waits = next(one for one in onboarding.of_host(world.host).steps if one.code == "bank_account")
    assert "second@example.com" in waits.missing

    OutgoingMail.objects.all().delete()
    for _ in range(2):
        told = owner.post(f"/payouts/accounts/{account.pk}/act/", {"act": "remind"}, follow=True)
    assert "Reminded: second@example.com." in told.text
    assert [one.address for one in OutgoingMail.objects.all()] == ["second@example.com"]
    assert "waits for you" in OutgoingMail.objects.get().subject

    second.memberships.all().delete()
    assert "nobody else at Sunset Stays may confirm it. Support confirms it" in text_of(owner.get("/payouts/sunset/"))
    assert "a second person has to agree. Support confirms it" in text_of(owner.get("/payouts/sunset/accounts/"))
    told = owner.post(f"/payouts/accounts/{account.pk}/act/", {"act": "remind"}, follow=True)
    assert "Nobody was reminded" in told.text


def test_support_hears_of_an_account_that_no_member_may_confirm(world, client_of, settings):
    settings.SUPPORT_EMAIL = "help@example.com"
    scope = Scope(host=world.host, currency="USD")
    entered = bank_accounts.BankDetails(holder="Sunset Stays", iban="DE89370400440532013000")
    account = payee_act_acts.enter_account(scope, entered, by=world.owner, now=NOW)

    to_support = OutgoingMail.objects.get(address="help@example.com")
    assert to_support.subject == "Sunset Stays: a bank account waits for support"
    assert (
        "Support confirms it, usually within a working day."
        in OutgoingMail.objects.get(address="owner@example.com").text
    )
    [waits] = support_home.build(world.agent, now=NOW).money
    assert (waits.text, waits.url) == ("Sunset Stays: a bank account waits for support", "/payouts/sunset/accounts/")
    assert "owner@example.com entered waits" in text_of(client_of(world.agent).get("/"))

    payee_act_acts.confirm_account(account, by=world.agent, now=NOW)
    assert support_home.build(world.agent, now=NOW).money == []


def test_support_does_not_hear_of_an_account_that_a_member_may_confirm(world, client_of, settings):
    settings.SUPPORT_EMAIL = "help@example.com"
    second = make_user("second@example.com", world.host, "finance")
    Membership.objects.update(role_since=NOW - timedelta(days=1))
    scope = Scope(host=world.host, currency="USD")
    entered = bank_accounts.BankDetails(holder="Sunset Stays", iban="DE89370400440532013000")
    account = payee_act_acts.enter_account(scope, entered, by=world.owner, now=NOW)

    assert not OutgoingMail.objects.filter(address="help@example.com").exists()
    assert support_home.build(world.agent, now=NOW).money == []

    payee_act_acts.confirm_account(account, by=second, now=NOW)  # a change needs somebody with a role of three days
    new = bank_accounts.BankDetails(holder="Sunset Stays", iban="NL91ABNA0417164300")
    payee_act_acts.enter_account(scope, new, by=world.owner, now=NOW)
    assert OutgoingMail.objects.filter(address="help@example.com").exists()
    assert len(support_home.build(world.agent, now=NOW).money) == 1
