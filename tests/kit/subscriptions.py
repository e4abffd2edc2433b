"""A driver with a payment card, and a plan."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from authorization.models import User
from billing.models import (
    Driver,
    DriverToken,
    PaymentCard,
    Plan,
    Receipt,
    Subscription,
)
from billing.payments.books import ledger
from billing.payments.books.ledger import Code
from billing.sessions.drivers import accounts, payment_cards
from billing.sessions.plans import catalogue
from billing.sessions.plans.catalogue import PlanTerms
from tests.billing.conftest import PLAIN, Site, minutes

GOOD, OTHER, POOR, ASKS = "4242424242424242", "5555555555554444", "4000008260003178", "4000002500003155"


START = datetime(2026, 3, 12, 16, 0, tzinfo=UTC)  # 12 March, noon in New York


APRIL = datetime(2026, 4, 1, 4, 0, tzinfo=UTC)  # midnight there


OFFER = PlanTerms(
    fee_minor=3100,
    currency="USD",
    tax_pct=Decimal(10),
    included_wh=31_000,
    discount_pct=Decimal("20.000"),
    waives=("connection", "idle"),
)


@pytest.fixture
def kim(site: Site) -> Driver:
    user = User.objects.create_user("kim@example.com", None, sees_portal=False)
    driver = accounts.of_user(user, language="en", now=START)
    DriverToken.objects.create(driver=driver, token=site.member, proof="code", claimed_at=START - timedelta(days=99))
    return driver


@pytest.fixture
def plan(site: Site) -> Plan:
    return catalogue.make(site.host, name="Neighbour", offer=OFFER, now=START).plan


@pytest.fixture
def card(kim: Driver) -> PaymentCard:
    return save(kim, GOOD)


def save(driver: Driver, number: str) -> PaymentCard:
    return payment_cards.save(driver, card=number, return_url="http://x/CARD", now=START)


def only() -> Subscription:
    return Subscription.objects.get()


def balance(site: Site, code: Code) -> int:
    return ledger.balance(site.host, code, currency="USD")


def charge(site: Site, *, at: float, wh: int) -> Receipt:
    """The member's card charges for two hours; the site's rate is PLAIN."""
    if not site.host.rates.exists():
        site.rate("member", definition=PLAIN)
    row = site.transaction(at=minutes(at))
    session = site.begin(row)
    site.stop(row, 1000 + wh, at=minutes(at + 120), reason="EVDisconnected")
    site.work(now=minutes(at + 121))
    return Receipt.objects.get(session=session)
