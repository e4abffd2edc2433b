"""Drivers' accounts: made and opened by a link that goes to their address, kept small, and deleted on their word."""

import pytest

from billing.sessions.drivers import accounts
from tests.kit.account import _forgotten, at_kims, kim, paid
from tests.kit.drivers import driver_of, text_of

__all__ = ["_forgotten", "at_kims", "kim", "paid"]
pytestmark = pytest.mark.django_db


def test_nobody_takes_a_session_that_somebody_keeps(kim, paid, at_kims, client_of):
    assert accounts.keep(paid, kim)
    other = client_of(driver_of("lee@example.com").user)

    told = other.post(f"/drive/keep/{paid.secret}", follow=True)

    assert "Somebody else keeps this session" in text_of(told)
    paid.refresh_from_db()
    assert paid.driver == kim
    assert "$9.00" not in text_of(other.get("/drive/history/"))
