"""The forecast is what closing makes, of sums: nothing is written, however much is open."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from billing.models import HomeInvoice, Payout, PayoutAllocation, Rating
from billing.payments.books import figures, postings
from billing.payouts.cycle import approval, cycle, forecast, wording
from billing.payouts.sending import by_processor, outcomes
from billing.sessions.home import home_charging
from tests.kit.payouts import NEVER, Books, books
from tests.kit.sent_payouts import approved, filled, opened

pytestmark = pytest.mark.django_db
MARCH = datetime(2026, 3, 10, 12, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
DAY = timedelta(days=1)
COMPARED = (
    "state", "begins_at", "ends_at", "number", "amount_minor", "moved_minor", "opening_minor", "carried_minor",
    "transferred_minor", "expected_on", "bank_account", "bridge",
)  # fmt: skip
TERMS = (
    {},
    {"platform_fee_pct": Decimal("7.77"), "processing": "actual"},
    {"processing": "agreed", "processing_pct": Decimal("1.4"), "processing_fixed_minor": 25, "subscription_minor": 990},
    {"tax_remitter": "host", "processing": "actual", "reserve_minor": 500},
    {"threshold_minor": 10_000_000, "platform_fee_pct": Decimal(3)},
)  # fmt: skip


def busy(known: Books) -> None:
    """A month with everything that changes a payout."""
    known.sale(1190, tax=190, at=MARCH, fee=35)
    refunded = known.sale(595, tax=95, at=MARCH + DAY, fee=22)
    known.refund(refunded, 200, tax=38, at=MARCH + 2 * DAY)
    lost, open_ = known.sale(2380, tax=380, at=MARCH + DAY), known.sale(700, at=MARCH + DAY)
    known.dispute(lost, 2380, fee=1500, at=MARCH + 2 * DAY)
    known.lose(lost, 2380, at=MARCH + 3 * DAY)
    known.dispute(open_, 700, at=MARCH + 3 * DAY)
    known.sale(480, at=MARCH, paid_at=NEVER)
    given_up = known.sale(333, tax=53, at=MARCH, paid_at=NEVER)
    Rating.objects.create(
        session=given_up,
        kind="final",
        engine_version="1",
        inputs={},
        report={},
        currency="USD",
        total_minor=333,
        net_minor=280,
        tax_minor=53,
        energy_wh=1,
        created_at=MARCH,
    )
    known.give_up(given_up, 333, at=MARCH + DAY)


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("has_bank", [True, False])
def test_the_outlook_is_the_payout_that_closing_makes(terms, has_bank):
    known = books()
    known.agree(**terms)
    if has_bank:
        known.bank()
    busy(known)
    known.sale(900, tax=100, at=APRIL + DAY)

    for until in (APRIL, APRIL + 30 * DAY):  # the second takes over what the first carried on
        found = cycle.preview_close(known.scope, until=until, now=until)
        made = cycle.close(known.scope, until=until, now=until)

        assert found is not None
        assert found.payout is not None
        assert made is not None
        assert {name: getattr(found.payout, name) for name in COMPARED} == {
            name: getattr(made, name) for name in COMPARED
        }


def test_a_forecast_writes_nothing_and_asks_as_much_for_one_session_as_for_many():
    known = books()
    known.agree(platform_fee_pct=Decimal(5))
    known.bank()
    known.sale(1190, tax=190, at=MARCH)
    with CaptureQueriesContext(connection) as few:
        forecast.calculate(known.scope, now=MARCH + DAY)
    for number in range(20):
        known.sale(1190, tax=190, at=MARCH + timedelta(hours=number))

    with CaptureQueriesContext(connection) as many:
        found = forecast.calculate(known.scope, now=MARCH + DAY)

    assert found is not None
    assert found.amount_minor == 19_950
    assert len(many) == len(few)
    assert not [one["sql"] for one in many if one["sql"].startswith(("INSERT", "UPDATE", "DELETE", "SAVEPOINT"))]
    assert not Payout.objects.exists()
    assert not PayoutAllocation.objects.exists()


def test_what_came_back_stands_beside_the_next_payout_until_it_is_paid_again():
    """Every cent that the books owe is in the forecast or named beside it, each in one place only."""
    known = books()
    opened(known)
    filled()
    sent = by_processor.send(approved(known).pk, now=APRIL)
    with transaction.atomic():
        outcomes.mark_failed(sent, code="account_closed", now=APRIL + DAY)
    known.sale(700, at=APRIL + DAY)
    known.sale(50, at=APRIL + DAY, paid_at=NEVER)

    def found(at):
        one = forecast.calculate(known.scope, now=at)
        assert one is not None
        inside = sum(row["amount_minor"] for row in one.rows if row["kind"] != "carried_out")
        owed = figures.of_host(known.host, currency="USD", since=APRIL - 90 * DAY, until=at).payable_minor
        assert inside + sum(row.amount_minor for row in one.pending) == owed == 1750
        return one, {row.why: wording.pending(row, currency="USD") for row in one.pending}

    one, beside = found(APRIL + 2 * DAY)
    assert one.amount_minor == 0
    assert beside["failed"] == (
        "P-000001 that came back, $10.00. "
        "It is paid again by itself to another bank account, once that was added and confirmed."
    )
    known.bank(at=APRIL + 3 * DAY, iban="NL91ABNA0417164300")
    one, beside = found(APRIL + 4 * DAY)
    when = "It is paid again by itself to the IBAN ending 4300, which is used from 7 April 2026, 00:00 UTC."
    assert one.amount_minor == 700  # without what is paid again before it
    assert beside["failed"] == f"P-000001 that came back, $10.00. {when}"
    failed = Payout.objects.get(number=1)
    assert wording.expected_reason(failed) == f"The bank account is closed. {when}"
    assert wording.failure(failed) == {
        "code": "account_closed", "sentence": f"The bank account is closed. {when}", "whose_move": "nobody",
    }  # fmt: skip

    assert approval.repeat_due(now=APRIL + 7 * DAY) == 1

    one, beside = found(APRIL + 7 * DAY)
    assert one.amount_minor == 700
    assert beside["payout"].startswith("P-000002, $10.00, not sent yet. ")
    assert "failed" not in beside
    failed.refresh_from_db()
    assert wording.expected_reason(failed) == "It failed, and was paid again by a later payout."


def test_what_a_person_has_to_look_at_is_in_the_next_payout_once():
    known = books()
    opened(known)
    filled()
    sent = by_processor.send(approved(known).pk, now=APRIL)
    with transaction.atomic():
        outcomes.mark_failed(sent, code="declined", now=APRIL + DAY)

    one = forecast.calculate(known.scope, now=APRIL + 2 * DAY)

    assert one is not None
    assert (one.amount_minor, one.pending) == (1000, [])
    assert [row["sentence"] for row in one.rows] == ["Carried on by P-000001."]


def test_the_fee_says_of_what_it_is_how_much():
    known = books()
    known.agree(platform_fee_pct=Decimal(8))
    known.sale(781, at=MARCH)

    one = forecast.calculate(known.scope, now=MARCH + DAY)

    assert one is not None
    [fee] = [row["sentence"] for row in one.rows if row["kind"] == "platform_fee"]
    assert fee.endswith("$0.62: 8 % of $7.81 without tax.")
    assert one.reason == "$7.19 waits for a confirmed bank account."
    owed = figures.of_host(known.host, currency="USD", since=MARCH - DAY, until=MARCH + DAY).payable_minor
    inside = sum(row["amount_minor"] for row in one.rows if row["kind"] != "carried_out")
    assert (one.fees_minor, owed - one.fees_minor) == (62, inside)


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        (
            {"processing": "agreed", "processing_pct": Decimal("2.9"), "processing_fixed_minor": 30},
            "Card processing −$1.18: 2 card payments at 2.9 % + $0.30.",
        ),
        ({"processing": "actual"}, "Card processing −$0.94: what the card processor charged for 2 card payments."),
    ],
)
def test_the_row_of_processing_says_how_many_payments_at_which_price(terms, told):
    known = books()
    known.agree(**terms)
    for _ in range(2):
        known.sale(1000, at=MARCH, fee=47)

    one = forecast.calculate(known.scope, now=MARCH + DAY)

    assert one is not None
    assert [row["sentence"] for row in one.rows if row["kind"] == "processing"] == [told]


def test_a_payout_that_fees_use_up_is_not_announced():
    known = books()
    known.agree(processing="agreed", processing_pct=Decimal(0), processing_fixed_minor=41)
    known.sale(41, at=MARCH)

    one = forecast.calculate(known.scope, now=MARCH + DAY)

    assert one is not None
    assert (one.amount_minor, one.expected_on) == (0, None)
    assert one.reason.startswith("Fees, tax and refunds use up everything that is available, so nothing will be paid.")
    assert "goes out" not in one.reason


def test_the_bank_fee_of_an_open_dispute_stands_with_what_is_contested():
    known = books()
    known.agree()
    contested = known.sale(238, at=MARCH)
    known.dispute(contested, 238, fee=1500, at=MARCH + DAY)

    one = forecast.calculate(known.scope, now=MARCH + 2 * DAY)

    assert one is not None
    [waits] = forecast.facts(one)["pending"]
    assert waits["why"] == "disputed"
    assert waits["sentence"].endswith("The bank's fee of $15.00 is deducted with it, whatever it decides.")


def test_a_forecast_without_a_date_says_why():
    known = books()
    known.agree()
    known.sale(238, at=MARCH, paid_at=NEVER)

    one = forecast.calculate(known.scope, now=MARCH + DAY)

    assert one is not None
    assert one.expected_on is None
    assert one.reason.startswith("Nothing new is available for a payout yet.")


def test_the_service_fee_of_home_charging_is_paid_out_once_the_employer_has_paid():
    known = books()
    known.agree()
    invoice = HomeInvoice(host=known.host, employer="Acme", month=MARCH.date(), series="H2026", number=1,
        currency="USD", total_minor=613, service_fee_minor=250, service_tax_minor=53, energy_wh=10_000,
        issued_at=MARCH)  # fmt: skip
    invoice.save()
    postings.home_invoice_issued(invoice, now=MARCH)
    before = forecast.calculate(known.scope, now=MARCH + DAY)
    assert before is None or not before.amount_minor

    home_charging.record_payment(invoice, reference="SEPA 1", now=MARCH + DAY)

    one = forecast.calculate(known.scope, now=MARCH + 2 * DAY)
    assert one is not None
    [row] = [row for row in one.rows if row["kind"] == "other"]
    assert (row["amount_minor"], row["sentence"]) == (250, "Service fees of home charging $2.50: 1 line.")
