"""What the tests of payees.agreement_notices and views.payout_agreements share."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from billing.models import OutgoingMail
from tests.kit.payouts import Books
from tests.kit.world import World

NOW = datetime.now(tz=UTC)
NEXT = (NOW.replace(day=1) + timedelta(days=32)).date().replace(day=1)
TERMS = {
    "currency": "eur",
    "valid_from": NEXT.isoformat(),
    "platform_fee_pct": "7.5",
    "processing": "agreed",
    "processing_pct": "1.4",
    "processing_fixed": "0.25",
    "subscription": "19.00",
    "cycle": "weekly",
    "delay_days": "3",
    "threshold": "25",
    "reserve": "100",
    "tax_remitter": "host",
    "way": "bank_file",
    "two_people_above": "5000",
    "self_billing": "on",
}


@pytest.fixture
def known(world: World) -> Books:
    return Books(host=world.host, place=world.charger.property, charger=world.charger, currency="EUR")


def text_of(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def day(at: datetime) -> str:
    return at.astimezone(ZoneInfo("America/New_York")).date().isoformat()


def mails_of(world: World) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(payee=world.host, address="owner@example.com").order_by("pk"))
