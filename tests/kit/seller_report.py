"""What the tests of statements.seller_facts and statements.seller_report share."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.management import call_command

from billing.models import ReportingThreshold
from billing.payouts.cycle import cycle
from tests.kit.payouts import Books, books


def day(month: int, number: int = 10) -> datetime:
    return datetime(2026, month, number, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def thresholds():
    """Restores the migration's thresholds, since other tests may have emptied the table."""
    for scheme, currency, minor, count in (("1099-k", "USD", 2_000_000, 200), ("dac7", "EUR", 0, 0)):
        facts = {"currency": currency, "above_minor": minor, "above_count": count}
        ReportingThreshold.objects.update_or_create(scheme=scheme, from_year=2011, defaults=facts)


@pytest.fixture
def dutch() -> Books:
    """Books with two quarters of sales, a refund, and a payout with its fee."""
    known = books("amstel", currency="EUR")
    known.host.country = "NL"
    known.host.save()
    known.agree(cycle="manual", platform_fee_pct=Decimal(10))
    known.bank()
    sold = known.sale(1210, tax=210, at=day(2))
    known.refund(sold, 200, tax=42, at=day(3))
    known.sale(6050, tax=1050, at=day(5))
    cycle.close_host(known.host, until=day(6, 1), now=day(6, 1))
    return known


def told(*arguments: str) -> list[dict[str, str]]:
    out, err = io.StringIO(), io.StringIO()
    call_command("seller_report", "2026", *arguments, stdout=out, stderr=err)
    return list(csv.DictReader(io.StringIO(out.getvalue())))
