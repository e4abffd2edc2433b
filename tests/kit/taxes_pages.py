"""What the tests of taxes.property_tax and taxes.views share."""

from datetime import timedelta

from billing.models import PropertyTax
from tests.kit.charging import YESTERDAY


def tax_of(world, percentage, *, valid_from=YESTERDAY - timedelta(days=30)):
    return PropertyTax.objects.create(
        property=world.site, percentage=percentage, valid_from=valid_from, created_at=valid_from
    )
