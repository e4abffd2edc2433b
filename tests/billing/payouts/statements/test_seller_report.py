"""The seller report: quarters, fees and thresholds from the books, and what is missing is named."""

import pytest

from billing.models import ReportingThreshold
from billing.payouts.statements import seller_report
from tests.kit.payouts import books
from tests.kit.seller_report import day, dutch, thresholds, told

__all__ = ["dutch", "thresholds"]
pytestmark = pytest.mark.django_db


def test_dac7_by_quarter_is_net_of_tax_and_fees(dutch):
    [row] = told()

    # Half a year: 60.00 net sold, 2.00 net given back, 10 % fee of 60.00 less 0.20 given back, each in its quarter.
    assert [row[f"q{number}_consideration"] for number in (1, 2, 3, 4)] == ["7.20", "45.00", "0.00", "0.00"]
    assert [row[f"q{number}_activities"] for number in (1, 2, 3, 4)] == ["1", "1", "0", "0"]
    assert [row[f"q{number}_fees"] for number in (1, 2)] == ["0.80", "5.00"]
    assert [row[f"q{number}_taxes"] for number in (1, 2)] == ["1.68", "10.50"]
    assert (row["year_consideration"], row["year_fees"], row["year_activities"]) == ("52.20", "5.80", "2")
    assert (row["scheme"], row["reported"]) == ("DAC7", "yes")


def test_it_ties_to_what_the_host_is_owed(dutch):
    [one] = seller_report.sellers(2026)

    from billing.payments.books import ledger
    from billing.payments.books.ledger import Code

    assert one.consideration_minor == -ledger.balance(dutch.host, Code.HOST_PAYABLE, currency="EUR")


def test_a_country_alone_and_a_year_without_sales(dutch):
    assert len(told("--country", "nl")) == 1
    assert told("--country", "US") == []
    assert seller_report.sellers(2025) == []


def test_1099k_is_gross_by_month_and_both_thresholds_must_be_passed():
    known = books()
    for number in range(3):
        known.sale(1_000_000, tax=100_000, at=day(2 + number))

    [before] = seller_report.sellers(2026)
    assert (before.scheme, before.is_reported, before.payments) == ("1099-k", False, 3)
    assert "more than $20,000.00 by more than 200 payments" in before.why
    assert before.gross_minor[1:4] == (1_000_000, 1_000_000, 1_000_000)

    ReportingThreshold.objects.create(
        scheme="1099-k", from_year=2026, currency="USD", above_minor=250_000, above_count=2
    )
    [after] = seller_report.sellers(2026)
    assert after.is_reported


def test_a_later_threshold_leaves_earlier_years_as_they_were():
    known = books()
    known.sale(1_000_000, at=day(2))
    ReportingThreshold.objects.create(scheme="1099-k", from_year=2027, currency="USD", above_minor=0, above_count=0)

    assert [one.is_reported for one in seller_report.sellers(2026)] == [False]


def test_another_currency_than_the_threshold_is_for_a_person():
    known = books(currency="CAD")
    known.sale(5_000, at=day(2))

    [one] = seller_report.sellers(2026)

    assert one.is_reported
    assert one.why.startswith("Compare by hand:")


def test_one_payment_is_no_payments():
    ReportingThreshold.objects.create(scheme="1099-k", from_year=2026, currency="USD", above_minor=10, above_count=1)
    books().sale(1_000, at=day(2))

    [one] = seller_report.sellers(2026)

    assert one.why == "Not more than $0.10 by more than 1 payment."
