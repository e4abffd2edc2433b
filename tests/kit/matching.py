"""What the tests of bank_lines.copies and its neighbours share."""

import pytest

from billing.models import BankLine
from billing.payments.books import ledger
from billing.payments.books.ledger import Code
from billing.payouts.bank_lines import wording
from tests.kit.bank_lines import Line, brought
from tests.kit.payouts import Books, books

THEIRS = "DE89370400440532013000"


@pytest.fixture
def known() -> Books:
    return made("sunset")


def made(slug: str) -> Books:
    found = books(slug, currency="EUR")
    found.agree(way="bank_file")
    found.bank(iban=THEIRS)
    return found


def balances(known: Books) -> list[int]:
    codes = (Code.HOST_PAYABLE, Code.PAYOUT_IN_TRANSIT, Code.BANK)
    return [ledger.balance(known.host, code, currency="EUR") for code in codes]


def unmatched(known: Books, *lines: Line, host: bool = False) -> list[tuple[str, str]]:
    found = brought(*lines, host=known.host if host else None)
    rows = BankLine.objects.filter(pk__in=[one.pk for one in found]).order_by("id")
    return [(line.kind, wording.sentence(line)) for line in rows if line.match != "matched"]
