"""What the tests of rates.catalogue and rates.resolver share."""

from billing.pricing.rates import resolver
from billing.pricing.rates.resolver import Payer
from tests.billing.conftest import NOON


def resolve(site, audience, *, at=NOON, now=None, **who):
    return resolver.resolve(site.charger, driver=Payer(audience=audience, **who), at=at, now=now)
