"""The tax of a property, stated once: what rates that refer to it are taxed at, and from when on."""

from datetime import timedelta

from billing.models import Session
from billing.pricing.taxes import property_tax
from tests.kit.charging import YESTERDAY
from tests.kit.taxes_pages import tax_of


def test_the_first_tax_holds_for_a_session_from_before_it(world):
    tax_of(world, 10, valid_from=YESTERDAY + timedelta(days=1))

    assert property_tax.find_percentage(world.site.pk, YESTERDAY) == 10
    assert property_tax.find_percentage(world.site.pk + 1, YESTERDAY) is None
    assert not Session.objects.exists()
