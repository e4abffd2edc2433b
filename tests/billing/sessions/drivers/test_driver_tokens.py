"""Charging cards become a driver's own, by a proof: the host knows the card by their address, or gave ..."""

import pytest

from billing.models import Hold
from billing.sessions.drivers import driver_tokens
from tests.billing.conftest import NOON, minutes
from tests.kit.pay_by_account import agree, card_of, charge, owned

__all__ = ["owned"]
pytestmark = pytest.mark.django_db
GOOD, POOR = "4242424242424242", "4000008260003178"


def test_a_session_that_began_before_is_not_taken(site, owned):
    row = site.transaction(at=NOON)
    site.begin(row)
    driver_tokens.pay_with(owned, card_of(owned), now=minutes(5))
    site.stop(row, 11_000, at=minutes(60), reason="EVDisconnected")

    site.work(now=minutes(61))

    assert not Hold.objects.exists()


def test_who_takes_it_back_is_charged_no_more(site, owned):
    agree(owned)
    assert driver_tokens.pay_with(owned, None, now=minutes(-1))
    assert not driver_tokens.pay_with(owned, None, now=minutes(-1)), "it was so before"

    charge(site)

    assert not Hold.objects.exists()
