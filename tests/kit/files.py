"""What the tests of statements.files and statements.readers share."""

import csv
import io
from datetime import UTC, datetime

import pytest

from billing.models import Statement
from billing.payouts.cycle import cycle
from billing.payouts.statements import closing, files
from billing.payouts.statements.files import Format
from tests.kit.payouts import NEVER, Books, books


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, 12, tzinfo=UTC)


@pytest.fixture
def known() -> Books:
    """A month with a sale in a payout, an unpaid one, and a refund."""
    found = books()
    found.agree(cycle="manual", platform_fee_pct=10)
    found.bank()
    sold = found.sale(1190, tax=190, at=day(1, 10))
    found.refund(sold, 200, tax=38, at=day(1, 11))
    cycle.close_host(found.host, until=day(1, 20), now=day(1, 20))
    found.sale(5000, at=day(1, 25), paid_at=NEVER)
    return found


def made(known: Books) -> Statement:
    closing.close_due(now=day(2, 2))
    files.write_due(now=day(2, 2))
    return Statement.objects.get(kind="month")


def content(statement: Statement, form: Format) -> bytes:
    return b"".join(files.read(statement, form))


def table(statement: Statement) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content(statement, Format.CSV).decode("utf-8-sig"))))
