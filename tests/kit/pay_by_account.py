"""What the tests of drivers.driver_tokens and settlement.pay_by_account share."""

import pytest

from authorization.models import User
from billing.models import DriverToken, PaymentCard, Session
from billing.sessions.drivers import accounts, driver_tokens, payment_cards
from tests.billing.conftest import NOON, PLAIN, Site, minutes

GOOD, POOR = "4242424242424242", "4000008260003178"


@pytest.fixture
def owned(site: Site) -> DriverToken:
    site.rate("member", definition=PLAIN)
    kim = accounts.of_user(
        User.objects.create_user("kim@example.com", None, sees_portal=False), language="de", now=NOON
    )
    return DriverToken.objects.create(driver=kim, token=site.member, proof="code", claimed_at=NOON)


def card_of(owned: DriverToken, number: str = GOOD) -> PaymentCard:
    return payment_cards.save(owned.driver, card=number, return_url="http://x/CARD", now=NOON)


def agree(owned: DriverToken, number: str = GOOD) -> PaymentCard:
    card = card_of(owned, number)
    assert driver_tokens.pay_with(owned, card, now=minutes(-1))
    return card


def charge(site: Site, *, wh: int = 10_000) -> Session:
    """A session of 10 kWh at 0.40, with a connection fee of 1.00."""
    row = site.transaction(at=NOON)
    session = site.begin(row)
    site.stop(row, 1000 + wh, at=minutes(60), reason="EVDisconnected")
    site.work(now=minutes(61))
    session.refresh_from_db()
    return session
