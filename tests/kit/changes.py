"""What the tests of plans.catalogue, plans.change_terms, plans.changes and pricing.benefits share."""

from datetime import datetime

from tests.billing.conftest import minutes


def in_march(at: datetime) -> float:
    return (at - minutes(0)).total_seconds() / 60
