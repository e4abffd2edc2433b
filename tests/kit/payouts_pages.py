"""What the tests of cycle.bridge, payees.account_notices and views.payouts share."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from billing.models import Payout
from billing.payouts.cycle import cycle
from tests.kit.payouts import NEVER, Books
from tests.kit.world import World

NOW = datetime.now(tz=UTC)


@pytest.fixture
def known(world: World) -> Books:
    """Books with 11.90 paid and 5.95 unpaid, of which 10.00 are paid out."""
    books = Books(host=world.host, place=world.charger.property, charger=world.charger)
    books.agree(cycle="manual")
    books.sale(1190, tax=190, at=NOW - timedelta(days=3))
    books.sale(595, tax=95, at=NOW - timedelta(days=2), paid_at=NEVER)
    return books


@pytest.fixture
def payout(known: Books) -> Payout:
    known.bank()
    found = cycle.close(known.scope, until=NOW, now=NOW)
    assert found is not None
    return found


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())
