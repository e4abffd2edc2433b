"""What the tests of views.bank_lines and sending.views share."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from billing.models import (
    Payout,
)
from billing.payouts.cycle import cycle
from tests.kit.bank_lines import DAY, get
from tests.kit.payouts import Books
from tests.kit.world import World

NOW = datetime.now(tz=UTC)


@pytest.fixture
def known(world: World) -> Books:
    books = Books(host=world.host, place=world.charger.property, charger=world.charger, currency="EUR")
    books.agree(cycle="manual", way="bank_file")
    books.bank()
    return books


@pytest.fixture
def payout(known: Books) -> Payout:
    """An approved payout of 10.00 by file."""
    known.sale(1000, at=NOW - timedelta(days=3))
    found = cycle.close(known.scope, until=NOW, now=NOW)
    assert found is not None
    return found


def text_of(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def upload(client: Client, some: bytes, address: str = "/books/bank/", name: str = "lines.csv", **more: str) -> Any:
    return client.post(address, {"file": SimpleUploadedFile(name, some), **more}, follow=True)


def paid(payout: Payout) -> Payout:
    values = {"state": "paid", "paid_at": NOW, "submitted_at": NOW, "expected_on": DAY, "trace": "TRACE-77"}
    Payout.objects.filter(pk=payout.pk).update(way="processor", **values)
    return get(payout)
