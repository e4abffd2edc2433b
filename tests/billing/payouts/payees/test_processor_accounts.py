"""A host's account at the card processor, the simulated one and Stripe: opened, looked up again, its banks changed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from authorization.models import User
from billing.models import BankAccount, ProcessorAccount, SimulatedBank
from billing.payments.processors.protocol import OutcomeUnknownError
from billing.payouts.payees import acts as payee_act_acts
from billing.payouts.payees import bank_accounts, processor_accounts
from billing.payouts.payees.bank_accounts import Entered
from billing.processor_events import processor_events
from tests.kit.payouts import Books, books
from tests.kit.processing import SIMULATED_CARDS, STRIPE_CARDS, World
from tests.kit.stripe_server import KEY, SECRET, StripeServer, sign

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(tz=UTC)
HERE = {"return_url": "http://testserver/back", "again_url": "http://testserver/again"}


@pytest.fixture(params=["simulated", "stripe"])
def world(request, settings) -> Iterator[World]:
    if request.param == "simulated":
        yield World("simulated", SIMULATED_CARDS)
        return
    with StripeServer() as server:
        settings.CARD_PROCESSOR = "stripe"
        settings.STRIPE_API_KEY, settings.STRIPE_WEBHOOK_SECRET = KEY, SECRET
        settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT_S = server.url, 1
        yield World("stripe", STRIPE_CARDS, server)


@pytest.fixture
def known() -> Books:
    return books()


@pytest.fixture
def agent() -> User:
    return User.objects.create_user("agent@example.com", None, is_agent=True)


def entered(known: Books, number: str, *, at: datetime = NOW) -> BankAccount:
    typed = Entered(holder="Sunset Stays", routing="110000000", number=number)
    return bank_accounts.enter(known.scope, typed, by="user:host@example.com", now=at)


def set_up(known: Books, agent: User) -> ProcessorAccount:
    payee_act_acts.set_up(known.host, by=agent, **HERE, now=NOW)
    return ProcessorAccount.objects.get()


def test_an_account_is_opened_once_and_completed_on_the_processors_page(world, known, agent):
    first = payee_act_acts.set_up(known.host, by=agent, **HERE, now=NOW)
    again = payee_act_acts.set_up(known.host, by=agent, **HERE, now=NOW)
    row = ProcessorAccount.objects.get()

    assert row.ref in first.url
    assert row.ref in again.url
    assert not row.is_enabled
    assert "tos_acceptance.date" in row.missing
    world.require(row.ref)
    found = processor_accounts.learn(row, now=NOW)
    assert (found.is_enabled, found.missing, found.disabled_reason, found.seen_at) == (True, [], "", NOW)


def test_an_opening_whose_answer_was_lost_is_found_and_not_made_again(known, agent, settings):
    with StripeServer() as server:
        settings.CARD_PROCESSOR, settings.STRIPE_API_KEY = "stripe", KEY
        settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT_S = server.url, 1
        server.lose.append("500")
        with pytest.raises(OutcomeUnknownError):
            payee_act_acts.set_up(known.host, by=agent, **HERE, now=NOW)
        ProcessorAccount.objects.update(opened_at=NOW - timedelta(days=2))
        server.forget_keys()
        for thing in server.state.things.values():
            thing["created"] -= 86_400

        row = set_up(known, agent)

        assert [one["id"] for one in server.state.all("account")] == [row.ref]


def test_a_webhook_about_the_account_has_it_looked_up(known, agent, settings):
    with StripeServer() as server:
        settings.CARD_PROCESSOR = "stripe"
        settings.STRIPE_API_KEY, settings.STRIPE_WEBHOOK_SECRET = KEY, SECRET
        settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT_S = server.url, 1
        row = set_up(known, agent)
        server.state.require(row.ref, [], disabled_reason="rejected.fraud")

        raw = json.dumps(server.event("account.updated")).encode()
        answer = Client().post(
            "/webhooks/stripe/", raw, content_type="application/json", headers={"Stripe-Signature": sign(raw)}
        )
        processor_events.handle_stored(now=NOW)

        row.refresh_from_db()
        assert (answer.status_code, row.is_enabled, row.disabled_reason) == (204, False, "rejected.fraud")


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


def test_a_change_that_was_cut_off_is_finished_by_the_sweep(known, agent):
    row = set_up(known, agent)
    payee_act_acts.confirm_account(entered(known, "000123456789"), by=agent, now=NOW)
    bank_accounts.confirm(entered(known, "000987654321"), by="user:agent@example.com", now=NOW)  # and killed here
    assert set(SimulatedBank.objects.filter(detached_at=None).values_list("last4", flat=True)) == {"6789"}

    processor_accounts.catch_up()
    processor_accounts.catch_up()

    assert set(SimulatedBank.objects.filter(detached_at=None).values_list("last4", flat=True)) == {"4321"}
    assert SimulatedBank.objects.filter(account__ref=row.ref).count() == 2
