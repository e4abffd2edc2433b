"""What the tests of bank_lines.matches and by_hand.undo share."""

import pytest

from billing.models import BankLine
from billing.payments.books import ledger
from billing.payments.books.ledger import Code
from billing.payouts.bank_lines.by_hand import undo
from tests.kit.bank_lines import NOW
from tests.kit.payouts import Books, books

BY = "user:agent@example.com"


@pytest.fixture
def known() -> Books:
    found = books("sunset", currency="EUR")
    found.agree(way="bank_file")
    found.bank()
    return found


def balances(known: Books) -> list[int]:
    codes = (Code.HOST_PAYABLE, Code.PAYOUT_IN_TRANSIT, Code.BANK)
    return [ledger.balance(known.host, code, currency="EUR") for code in codes]


def taken_back(line: BankLine, reason: str = "It is another payment.") -> BankLine:
    return undo.undo(line, reason=reason, by=BY, now=NOW)
