"""The seller report: quarters, fees and thresholds from the books, and what is missing is named."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from billing.models import ReportingThreshold
from billing.payouts.cycle import cycle
from billing.payouts.statements import seller_facts, seller_report
from tests.kit.payouts import IBAN, Books, books

pytestmark = pytest.mark.django_db


def day(month: int, number: int = 10) -> datetime:
    return datetime(2026, month, number, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def thresholds():
    """Of the migration; other tests may have emptied the table."""
    for scheme, currency, minor, count in (("1099-k", "USD", 2_000_000, 200), ("dac7", "EUR", 0, 0)):
        facts = {"currency": currency, "above_minor": minor, "above_count": count}
        ReportingThreshold.objects.update_or_create(scheme=scheme, from_year=2011, defaults=facts)


@pytest.fixture
def dutch() -> Books:
    """Two quarters of sales, a refund, and a payout with its fee."""
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


def test_numbers_are_masked_unless_asked_for_whole(dutch):
    seller_facts.store(
        dutch.host, kind="company", taxpayer_number="123456782", registration_number="34567890", born_on=None
    )

    [masked], [whole] = told(), told("--whole")

    assert (masked["account"], masked["taxpayer_number"]) == (f"…{IBAN[-4:]}", "…6782")
    assert (whole["account"], whole["taxpayer_number"]) == (IBAN, "123456782")
    assert masked["registration_number"] == "34567890"


def test_what_is_missing_is_named(dutch):
    [row] = told()
    assert row["missing"] == "legal name; address; taxpayer number; registration number; VAT number"

    seller_facts.store(dutch.host, kind="person", taxpayer_number="1", registration_number="", born_on=None)
    assert told()[0]["missing"] == "legal name; address; date of birth"

    seller_facts.store(dutch.host, kind="person", taxpayer_number="1", registration_number="", born_on=date(1980, 1, 2))
    assert told()[0]["missing"] == "legal name; address"


def test_a_country_alone_and_a_year_without_sales(dutch):
    assert len(told("--country", "nl")) == 1
    assert told("--country", "US") == []
    assert seller_report.sellers(2025) == []


def test_a_year_that_cannot_be_is_refused():
    with pytest.raises(CommandError):
        call_command("seller_report", "20")


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
