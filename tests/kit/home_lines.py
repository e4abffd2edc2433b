"""What the tests of bank_lines.home_lines and by_hand.answers share."""

from datetime import UTC, date, datetime

import pytest

from billing.models import HomeInvoice, LedgerAccount
from billing.payments.books import ledger
from billing.sessions.home import home_charging
from tests.kit.bank_lines import Line
from tests.kit.home import charge

MARCH = date(2026, 3, 1)
IN_APRIL = datetime(2026, 4, 3, tzinfo=UTC)


@pytest.fixture
def invoice(site, contract) -> HomeInvoice:
    """An invoice of 3.10 to Acme for Kim, as H2026-000001."""
    charge(site, contract.token, 10_000)
    [made] = home_charging.close(site.host, MARCH, now=IN_APRIL)
    assert (made.label, made.total_minor) == ("H2026-000001", 310)
    return made


def sums():
    return {one.account.code: one.minor for one in ledger.balances(LedgerAccount.objects.all()) if one.minor}


def usd(amount: str, **fields: str) -> Line:
    return Line(amount=amount, currency="USD", **fields)
