"""Rates that roaming drivers pay, as Tariffs: published where they differ, ended where no connector refers to them."""

from datetime import UTC, datetime

import pytest

from billing.models import (
    Rate,
    RateAssignment,
    RateVersion,
)
from tests.billing.roaming.conftest import NOW, connect, work
from tests.kit.pushing import body_of, pushes

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_new_price_is_put_and_a_rate_without_use_is_deleted(ours, msp, partner, site):
    connect(msp)
    work()
    rate = Rate.objects.get()
    definition = rate.versions.get().definition | {"energy": [{"name": "all day", "price": "0.50"}]}
    RateVersion.objects.create(rate=rate, number=2, definition=definition, created_at=datetime.now(tz=UTC))
    work()
    elements = body_of(partner, "tariffs")["elements"]
    assert [e["price_components"][0]["price"] for e in elements] == [0.5, 0.5, 6]

    other = Rate.objects.create(host=site.host, slug="other", name="Other", currency="EUR")
    RateVersion.objects.create(rate=other, number=1, definition=definition, created_at=NOW)
    RateAssignment.objects.update(rate=other)
    work()
    assert pushes(partner, "tariffs")[-2:] == [("PUT", "/NL/SUN/other"), ("DELETE", "/NL/SUN/plain")]
    assert partner.complaints == []


def test_a_partner_with_its_own_rate_sees_that_one(ours, msp, partner, site):
    own = Rate.objects.create(host=site.host, slug="special", name="Special", currency="EUR")
    definition = {"energy": [{"name": "all day", "price": "0.30"}]}
    RateVersion.objects.create(rate=own, number=1, definition=definition, created_at=NOW)
    RateAssignment.objects.create(rate=own, property=site.place, audience="roaming", msp=msp)
    connect(msp)
    work()
    location = body_of(partner, "locations")
    assert location["evses"][0]["connectors"][0]["tariff_ids"] == [f"special.p{msp.pk}"]
    assert partner.complaints == []
