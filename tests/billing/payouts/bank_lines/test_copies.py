"""One movement that a bank writes in several kinds of files: as CSV and as CAMT, or with other columns."""

import pytest

from billing.models import BankLine, BankMatch
from billing.payouts.bank_lines import imports
from tests.kit.at_once import at_once
from tests.kit.bank_lines import Line, brought, by_file, explanations, paid
from tests.kit.matching import balances, known, unmatched

__all__ = ["known"]
pytestmark = pytest.mark.django_db
THEIRS = "DE89370400440532013000"


def test_a_second_line_of_one_payout_is_doubled(known):
    payout = by_file(known, 1000)
    brought(Line(amount="-10.00", reference=payout.trace))

    [(kind, sentence)] = unmatched(known, Line(amount="-10.00", reference=payout.trace, text="again"))

    assert kind == "doubled"
    assert sentence == "Payout P-000001 of Sunset is matched to another line already, of 7 April 2026."
    assert balances(known) == [0, 0, -1000]


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_file_at_once_store_its_lines_once(known):
    by_file(known, 1000)

    at_once(3, lambda: brought(Line(amount="-10.00"), Line(amount="-77.00")))

    assert BankLine.objects.count() == 2
    assert (BankMatch.objects.count(), balances(known)) == (1, [0, 0, -1000])
    assert imports.mask_account("DE89370400440532013000") == "…3000"


@pytest.mark.parametrize("amount", ["-4.50", "4.50"])
def test_texts_of_a_hosts_doubled_lines_are_not_kept_either(known, amount):
    paid(known, 1000)

    brought(*[Line(amount=amount, text="Coffee beans", name="Roaster")] * 2, host=known.host)

    rows = BankLine.objects.order_by("id")
    assert [(one.kind, one.text, one.counterparty) for one in rows] == [("no_payout", "", "")] * 2


def test_a_hosts_second_line_of_a_payout_that_is_found_stays_doubled(known):
    paid(known, 1000)

    assert explanations(brought(*[Line(amount="10.00", text="Payout")] * 2, host=known.host)) == ["matched", "doubled"]
