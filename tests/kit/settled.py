"""A session that is settled."""

from billing.models import Receipt
from tests.billing.conftest import Site, minutes


def settled(site: Site, *, after: int = 0) -> Receipt:
    """A member's session of an hour, this many minutes after noon, and its receipt."""
    if not site.host.rates.exists():
        site.rate("member")
    row = site.transaction(at=minutes(after))
    session = site.begin(row)
    site.stop(row, 6000, at=minutes(after + 60), reason="EVDisconnected")
    site.work(now=minutes(after + 61))
    return Receipt.objects.get(session=session)
