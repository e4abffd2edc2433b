"""Periods of plans: what their own payment took."""

from billing.models import Invoice, PlanChange, SubscriptionPeriod


def test_a_period_takes_its_whole_fee():
    assert SubscriptionPeriod(total_minor=990).taken_minor == 990


def test_one_that_a_change_began_takes_the_difference_alone():
    period = SubscriptionPeriod(total_minor=1990)
    PlanChange(made=period, total_minor=1990, credit_minor=1350)

    assert period.taken_minor == 640


def test_an_invoice_has_a_label_of_six_digits():
    assert Invoice(series="S2026", number=42).label == "S2026-000042"
