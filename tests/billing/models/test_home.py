"""What an employer owes for charging at home, and what of it the employees get."""

from datetime import date

import pytest

from billing.models import HomeCharge, HomeInvoice, HomePayout, Rating, Session
from tests.kit import charging


def test_employees_get_what_the_service_does_not_cost():
    invoice = HomeInvoice(
        series="H2026", number=1, month=date(2026, 3, 1), total_minor=10_000, service_fee_minor=500,
        service_tax_minor=105,
    )  # fmt: skip

    assert invoice.paid_back_minor == 9395
    assert HomePayout(pk=7, invoice=invoice).reference == "H2026-000001-7"


@pytest.mark.django_db
def test_the_energy_of_a_charge_is_that_of_the_price_that_is_billed(world):
    charging.assign(charging.make_rate(world.host), world.site, "member")
    session = charging.charge(world.charger, wh=12_000)
    provisional = session.ratings.exclude(kind=Rating.Kind.FINAL).get()

    prefetched = Session.objects.prefetch_related("ratings").get(pk=session.pk)

    assert HomeCharge(session=prefetched).energy_wh == 12_000
    assert (provisional.kind, session.ratings.count()) == (Rating.Kind.PROVISIONAL, 2)
