"""What people say of bank lines that no payout explains: which payouts they are, or what else they were."""

from datetime import UTC, date, datetime

from billing.payouts.bank_lines.by_hand import answers
from tests.kit.bank_lines import brought, explanations
from tests.kit.home import contract
from tests.kit.home_lines import invoice, sums, usd

__all__ = ["contract", "invoice"]
MARCH = date(2026, 3, 1)
IN_APRIL = datetime(2026, 4, 3, tzinfo=UTC)
NOON = datetime(2026, 4, 7, 12, tzinfo=UTC)


def test_a_person_matches_a_line_without_a_reference_to_an_invoice_of_its_amount(invoice):
    [line] = brought(usd("3.10", text="Acme, April"))
    assert explanations([line]) == ["no_payout"]

    [due] = answers.home_candidates(line)
    answers.match_home(line, due, by="user:agent@example.com", now=NOON)

    invoice.refresh_from_db()
    assert (due, invoice.paid_at) == (invoice, NOON)
    assert sums() == {"employee_payable": -310, "bank": 310}
    assert answers.home_candidates(line) == []


def test_a_person_matches_a_line_to_a_payment_to_an_employee(invoice):
    [line] = brought(usd("-3.10", text="Kim"))

    [due] = answers.home_candidates(line)
    answers.match_home(line, due, by="user:agent@example.com", now=NOON)

    assert invoice.payouts.get().paid_at == NOON


def test_only_lines_that_something_open_comes_to_can_be_matched(invoice):
    exact, other, left = brought(usd("3.10"), usd("4.10"), usd("-3.10"))

    assert answers.matchable_ids([exact, other, left]) == {exact.pk, left.pk}
