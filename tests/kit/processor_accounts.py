"""What the tests of payees.acts, payees.bank_accounts and payees.processor_accounts share."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from authorization.models import User
from billing.models import BankAccount, ProcessorAccount
from billing.payouts.payees import acts as payee_act_acts
from billing.payouts.payees import bank_accounts
from billing.payouts.payees.bank_accounts import BankDetails
from tests.kit.payouts import Books, books
from tests.kit.processing import SIMULATED_CARDS, STRIPE_CARDS, World
from tests.kit.stripe_server import KEY, SECRET, StripeServer

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
    typed = BankDetails(holder="Sunset Stays", routing="110000000", number=number)
    return bank_accounts.enter(known.scope, typed, by="user:host@example.com", now=at)


def set_up(known: Books, agent: User) -> ProcessorAccount:
    payee_act_acts.set_up(known.host, by=agent, **HERE, now=NOW)
    return ProcessorAccount.objects.get()
