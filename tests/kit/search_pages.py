"""What the tests of search.api, search.numbers and search.views share."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.models import Payout
from billing.payouts.cycle import cycle
from chargers.transactions import recording
from chargers.transactions.recording import StopFacts
from tests.kit.payouts import Books
from tests.kit.world import World

TRANSACTION = "8c2f1d5e-tx-0042"
NOW = datetime.now(tz=UTC)


@pytest.fixture
def known(world: World) -> Books:
    books = Books(host=world.host, place=world.charger.property, charger=world.charger)
    books.agree(cycle="manual")
    books.bank()
    return books


@pytest.fixture
def payout(known: Books) -> Payout:
    """The payout P-000001 of 1,234.56 to the account that ends in 3000."""
    books = known
    books.sale(123456, at=NOW - timedelta(days=3))
    found = cycle.close(books.scope, until=NOW, now=NOW)
    assert found is not None
    Payout.objects.filter(pk=found.pk).update(trace="0F00BA44", processor_ref="po_12345678", transfer_ref="tr_87654321")
    return found


def end_without_start(world: World, *, meter_stop_wh: int | None) -> None:
    at = NOW - timedelta(hours=1)
    facts = StopFacts(
        transaction_id=TRANSACTION, version="2.0.1", id_token="", meter_stop_wh=meter_stop_wh,
        stated_at=at.isoformat(), at=at, reason="EVDisconnected", evse_number=1,
    )  # fmt: skip
    recording.record_stop(world.charger, facts, now=at)
