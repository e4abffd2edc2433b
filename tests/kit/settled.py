"""A session that is settled."""

from billing.models import Receipt
from tests.billing.conftest import Site, minutes


def settled(site: Site) -> Receipt:
    """A member's session of an hour and its receipt."""
    if not site.host.rates.exists():
        site.rate("member")
    row = site.transaction(at=minutes(0))
    session = site.begin(row)
    site.stop(row, 6000, at=minutes(60), reason="EVDisconnected")
    site.work(now=minutes(61))
    return Receipt.objects.get(session=session)
