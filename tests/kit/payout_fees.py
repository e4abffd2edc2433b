"""What the tests of books.payout_fees and cycle.allocation share."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from billing.payments.books import figures
from tests.kit.payouts import books

OCTOBER, NOVEMBER, DECEMBER, JANUARY = (
    datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC),
    datetime(2027, 1, 1, tzinfo=UTC),
)  # fmt: skip


def told(known, since, until):
    return figures.of_host(known.host, currency="USD", since=since, until=until)


@pytest.fixture
def known():
    found = books()
    found.agree(
        valid_from=OCTOBER, platform_fee_pct=Decimal(10), processing="actual", subscription_minor=300, delay_days=2
    )
    found.bank(at=OCTOBER)
    return found
