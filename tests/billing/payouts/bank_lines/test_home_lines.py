"""Bank lines of home charging: an employer's payment of an invoice, and the payments to employees."""

from datetime import UTC, date, datetime

import pytest

from billing.models import BankLine, HomeMatch
from billing.payouts.bank_lines import home_lines, wording
from billing.payouts.bank_lines.by_hand import answers, undo
from billing.payouts.bank_lines.matches import NotPossibleError
from billing.sessions.home import home_charging
from tests.kit.bank_lines import Line, brought, explanations
from tests.kit.home import charge, contract, employee
from tests.kit.home_lines import invoice, sums, usd

__all__ = ["contract", "invoice"]
MARCH = date(2026, 3, 1)
IN_APRIL = datetime(2026, 4, 3, tzinfo=UTC)
NOON = datetime(2026, 4, 7, 12, tzinfo=UTC)


def found(*lines: Line) -> list[str]:
    return explanations(brought(*lines))


def test_a_line_with_the_number_and_amount_of_an_invoice_records_the_employers_payment(invoice):
    [line] = brought(usd("3.10", reference="BANK-1", text="Invoice H2026-000001 Acme"))

    invoice.refresh_from_db()
    assert explanations([line]) == ["matched"]
    assert (invoice.paid_at, invoice.paid_reference) == (NOON, "BANK-1")
    assert line.home_matches.get().has_paid
    assert sums() == {"employee_payable": -310, "bank": 310}


def test_a_line_with_the_reference_of_an_employees_part_records_that_they_were_paid(invoice):
    payout = invoice.payouts.get()

    [line] = brought(usd("-3.10", reference=payout.reference))

    payout.refresh_from_db()
    assert (payout.reference, payout.paid_at) == (f"H2026-000001-{payout.pk}", NOON)
    assert line.home_matches.get().payout == payout
    assert sums() == {"employer_receivable": 310, "bank": -310}


def test_money_that_left_with_the_invoices_number_is_the_one_part_of_its_amount(site, contract):
    robin = employee(site, "Robin", "04B2", per_kwh="0.20")
    for hour, one in enumerate((contract, robin)):
        charge(site, one.token, 10_000, at=datetime(2026, 3, 2, 12 + hour, tzinfo=UTC))
    home_charging.close(site.host, MARCH, now=IN_APRIL)

    [line] = brought(usd("-2.00", text="H2026-000001"))

    assert line.home_matches.get().payout.contract == robin


@pytest.mark.parametrize(
    ("line", "kind", "sentence"),
    [
        (usd("3.09", text="H2026-000001"), "wrong_amount",
         "It names invoice H2026-000001 to Acme, which is $3.10; the line is $3.09."),
        (Line(amount="3.10", text="H2026-000001"), "other_currency",
         "It names invoice H2026-000001 to Acme, which is $3.10; the line is in EUR."),
        (usd("3.10", text="H2026-000009"), "unknown_reference",
         "“H2026-000009” looks like one of our references, and no invoice has it."),
        (usd("3.10", text="H2026-000001-999999"), "wrong_direction", ""),
    ],
)  # fmt: skip
def test_a_line_that_does_not_fit_says_why(invoice, line, kind, sentence):
    if kind == "wrong_direction":
        line = usd("3.10", text=invoice.payouts.get().reference)

    [stored] = brought(line)

    stored.refresh_from_db()
    assert stored.kind == kind
    if sentence:
        assert wording.sentence(stored) == sentence
    assert not HomeMatch.objects.exists()


def test_a_second_line_of_the_same_invoice_is_doubled(invoice):
    assert found(usd("3.10", text="H2026-000001 a")) == ["matched"]

    [second] = brought(usd("3.10", text="H2026-000001 b"))

    second.refresh_from_db()
    assert second.kind == "doubled"
    assert wording.sentence(second) == (
        "Invoice H2026-000001 to Acme is matched to another line already, of 7 April 2026."
    )


def test_what_a_person_recorded_before_is_matched_and_not_posted_twice(invoice):
    home_charging.record_payment(invoice, reference="by hand", now=IN_APRIL)

    [line] = brought(usd("3.10", text="H2026-000001"))

    assert (explanations([line]), line.home_matches.get().has_paid) == (["matched"], False)
    assert sums() == {"employee_payable": -310, "bank": 310}
    undo.undo(line, reason="Wrong.", by="user:a", now=NOON)
    invoice.refresh_from_db()
    assert (invoice.paid_at, invoice.paid_reference) == (IN_APRIL, "by hand")


def test_a_wrong_match_is_taken_back_and_the_payment_can_be_recorded_again(invoice):
    [line] = brought(usd("3.10", text="H2026-000001"))
    before = BankLine.objects.get(pk=line.pk)

    done = undo.undo(before, reason="Another Acme.", by="user:agent@example.com", now=NOON)

    invoice.refresh_from_db()
    assert (invoice.paid_at, sums()) == (None, {"employer_receivable": 310, "employee_payable": -310})
    assert "It was matched to invoice H2026-000001 to Acme" in wording.sentence(done)
    home_lines.write(line.pk, invoice, rule="person", now=NOON)
    assert sums() == {"employee_payable": -310, "bank": 310}


def test_a_line_of_another_amount_or_direction_is_not_matched_to_home_charging(invoice):
    other, away = brought(usd("3.11"), usd("-3.10"))

    with pytest.raises(NotPossibleError, match=r"invoice H2026-000001 to Acme is 3.10 USD, the line is 3.11 USD"):
        answers.match_home(other, invoice, by="user:a", now=NOON)
    with pytest.raises(NotPossibleError, match="cannot be it, the money left"):
        answers.match_home(away, invoice, by="user:a", now=NOON)

    assert not HomeMatch.objects.exists()
