"""Employees' home charging: the contract's price, its cap, the month of the end, the invoice and what the books say."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from authorization.visits import reimbursement
from billing.models import HomeInvoice, HomePayout, LedgerAccount, Rate, Receipt, Session
from billing.payments.books import ledger
from billing.sessions.home import home_charging
from tests.billing.conftest import NOON
from tests.kit.at_once import at_once
from tests.kit.home import charge, employee

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
IN_APRIL = datetime(2026, 4, 3, tzinfo=UTC)


def sums():
    return {one.account.code: one.minor for one in ledger.balances(LedgerAccount.objects.all()) if one.minor}


def test_a_session_costs_what_the_contract_says(site, contract):
    site.rate("reimbursement", "member")  # what others pay here does not count

    session = charge(site, contract.token, 12_345, hours=2)

    assert (session.state, session.audience) == ("settled", "reimbursement")
    final = session.ratings.get(kind="final")
    assert (final.total_minor, final.tax_minor, final.energy_wh) == (383, 0, 12_345)  # 12.345 x 0.31 = 3.82695
    assert session.rate_reason == ("Acme pays back 0.31 USD for each kWh, by the contract “Kim” from 2026-01-01.")
    assert not Receipt.objects.exists()
    assert sums() == {}


def test_a_session_keeps_the_price_of_its_start(site, contract):
    before = charge(site, contract.token, 10_000)
    reimbursement.set_rate(contract, per_kwh=Decimal("0.40"), from_date=date(2026, 3, 11))
    evening = datetime(2026, 3, 11, 3, 30, tzinfo=UTC)  # still the 10th in New York
    overnight = charge(site, contract.token, 10_000, at=evening)
    after = charge(site, contract.token, 10_000, at=evening + timedelta(days=1))

    assert [one.ratings.get(kind="final").total_minor for one in (before, overnight, after)] == [310, 310, 400]
    assert Rate.objects.get(contract=contract).versions.count() == 2


def test_a_month_is_billed_once_to_each_employer(site, contract):
    other = employee(site, "Robin", "04B2", per_kwh="0.20")
    elsewhere = employee(site, "Sam", "04C3", per_kwh="0.50", employer="Borealis")
    for hour, one in enumerate((contract, other, elsewhere)):
        charge(site, one.token, 10_000, at=NOON + timedelta(hours=hour))

    acme, borealis = home_charging.close(site.host, MARCH, now=IN_APRIL)

    assert (acme.label, acme.employer, acme.total_minor, acme.energy_wh) == ("H2026-000001", "Acme", 510, 20_000)
    assert [(one.contract.name, one.amount_minor) for one in acme.payouts.order_by("contract__name")] == [
        ("Kim", 310),
        ("Robin", 200),
    ]
    assert (borealis.label, borealis.total_minor) == ("H2026-000002", 500)
    assert home_charging.close(site.host, MARCH, now=IN_APRIL) == []
    assert sums() == {"employer_receivable": 1010, "employee_payable": -1010}


def test_a_session_belongs_to_the_month_of_its_end_at_its_place(site, contract):
    night = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)  # 23:00 on 31 March in New York
    within = charge(site, contract.token, 10_000, at=night, hours=0.5)
    over_midnight = charge(site, contract.token, 10_000, at=night, hours=2)

    assert [home_charging.month_of(one) for one in (within, over_midnight)] == [MARCH, APRIL]


def test_a_month_that_is_not_over_is_not_billed(site, contract):
    charge(site, contract.token, 10_000)

    with pytest.raises(home_charging.NotOverError):
        home_charging.close(site.host, MARCH, now=datetime(2026, 4, 1, 3, 59, tzinfo=UTC))
    assert len(home_charging.close(site.host, MARCH, now=datetime(2026, 4, 1, 4, 0, tzinfo=UTC))) == 1


def test_the_cap_counts_in_the_order_of_the_ends(site):
    contract = employee(site, "Kim", "04A1", per_kwh="0.30", cap=500)
    charge(site, contract.token, 10_000)
    charge(site, contract.token, 10_000, at=NOON + timedelta(days=1))
    charge(site, contract.token, 10_000, at=NOON + timedelta(days=2))

    (bill,) = home_charging.bills(site.host)
    (invoice,) = home_charging.close(site.host, MARCH, now=IN_APRIL)

    assert (bill.total_minor, bill.parts[0].over_cap_minor) == (500, 400)
    payout = invoice.payouts.get()
    assert (payout.amount_minor, payout.over_cap_minor) == (500, 400)
    paid = payout.charges.order_by("session__stopped_at").values_list("price_minor", "paid_minor")
    assert list(paid) == [(300, 300), (300, 200), (300, 0)]


def test_what_came_late_is_on_a_further_invoice_under_the_same_cap(site):
    contract = employee(site, "Kim", "04A1", per_kwh="0.30", cap=500)
    charge(site, contract.token, 10_000)
    home_charging.close(site.host, MARCH, now=IN_APRIL)
    charge(site, contract.token, 10_000, at=NOON + timedelta(days=1))

    (late,) = home_charging.close(site.host, MARCH, now=IN_APRIL)

    assert (late.label, late.total_minor, late.payouts.get().over_cap_minor) == ("H2026-000002", 200, 100)


def test_a_session_that_is_held_waits_and_is_said(site, contract):
    charge(site, contract.token, 900_000)

    (bill,) = home_charging.bills(site.host)

    assert Session.objects.get().state == "held"
    assert (bill.parts, bill.later, bill.total_minor) == ((), 1, 0)
    assert home_charging.close(site.host, MARCH, now=IN_APRIL) == []


def test_the_money_goes_through_the_books(site, contract):
    charge(site, contract.token, 10_000)
    (invoice,) = home_charging.close(site.host, MARCH, now=IN_APRIL)
    payout = invoice.payouts.get()

    assert home_charging.record_payment(invoice, reference="SEPA 1", now=IN_APRIL)
    assert not home_charging.record_payment(invoice, reference="SEPA 2", now=IN_APRIL)
    assert sums() == {"bank": 310, "employee_payable": -310}
    assert home_charging.paid_out(payout, reference="SEPA 3", now=IN_APRIL)
    assert not home_charging.paid_out(payout, reference="SEPA 4", now=IN_APRIL)

    assert sums() == {}
    invoice.refresh_from_db()
    payout.refresh_from_db()
    assert (invoice.paid_reference, payout.paid_reference) == ("SEPA 1", "SEPA 3")


def test_a_card_without_a_price_is_priced_as_the_host_says(site, contract):
    contract.rates.all().delete()
    site.rate("reimbursement")

    session = charge(site, contract.token, 10_000)

    assert session.ratings.get(kind="final").total_minor == 500
    assert Receipt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_who_bill_at_once_bill_once(site, contract):
    charge(site, contract.token, 10_000)

    at_once(4, lambda: home_charging.close(site.host, MARCH, now=IN_APRIL))

    assert (HomeInvoice.objects.count(), HomePayout.objects.count()) == (1, 1)


def with_fee(contract, minor=250, *, pct="21"):
    contract.service_fee_minor, contract.service_tax_pct = minor, Decimal(pct)
    contract.save()
    return contract


def test_the_service_fee_and_its_tax_are_on_the_invoice_and_in_the_books(site, contract):
    with_fee(contract)
    charge(site, contract.token, 10_000)

    (invoice,) = home_charging.close(site.host, MARCH, now=IN_APRIL)

    assert (invoice.service_fee_minor, invoice.service_tax_minor, invoice.total_minor) == (250, 53, 613)
    assert (invoice.paid_back_minor, invoice.payouts.get().amount_minor) == (310, 310)
    assert sums() == {
        "employer_receivable": 613,
        "employee_payable": -310,
        "tax_payable": -53,
        "subscription_deferred": -250,
    }
    home_charging.record_payment(invoice, reference="SEPA 1", now=IN_APRIL)
    assert sums() == {"bank": 613, "employee_payable": -310, "tax_payable": -53, "host_payable": -250}
    home_charging.not_received(invoice, now=IN_APRIL)
    assert sums()["subscription_deferred"] == -250
    assert "host_payable" not in sums()


def test_the_tax_on_service_fees_is_rounded_once_for_each_percentage(site, contract):
    robin, sam = employee(site, "Robin", "04B2", per_kwh="0.20"), employee(site, "Sam", "04C3", per_kwh="0")
    zoe = employee(site, "Zoë", "04D4", per_kwh="0.10")
    for hour, one in enumerate((with_fee(contract), with_fee(robin), with_fee(sam), with_fee(zoe, pct="6"))):
        charge(site, one.token, 10_000, at=NOON + timedelta(hours=hour))

    (bill,) = home_charging.bills(site.host)
    (invoice,) = home_charging.close(site.host, MARCH, now=IN_APRIL)

    assert (bill.service_fee_minor, bill.service_tax_minor, bill.total_minor) == (1000, 158 + 15, 610 + 1173)
    assert (invoice.service_fee_minor, invoice.service_tax_minor, invoice.total_minor) == (1000, 173, 1783)


def test_a_further_invoice_of_the_month_has_no_second_service_fee(site, contract):
    charge(site, with_fee(contract).token, 10_000)
    home_charging.close(site.host, MARCH, now=IN_APRIL)
    charge(site, contract.token, 10_000, at=NOON + timedelta(days=1))
    charge(site, contract.token, 10_000, at=NOON + timedelta(days=31))

    (late,) = home_charging.close(site.host, MARCH, now=IN_APRIL)
    (next_month,) = home_charging.close(site.host, APRIL, now=IN_APRIL + timedelta(days=31))

    assert (late.service_fee_minor, late.total_minor) == (0, 310)
    assert (next_month.service_fee_minor, next_month.total_minor) == (250, 613)
