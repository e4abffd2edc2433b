"""A taxed rate, and a guest who pays by it."""

from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from tests.billing.conftest import NOON, PLAIN, minutes

TAXED = PLAIN | {"tax": {"mode": "exclusive", "rates": {"connection": "10", "energy": "10", "idle": "10"}}}


def guest(site, *, wh, held=4000):
    session = lifecycle.open_for_guest(lifecycle.GuestOrder(charger=site.charger, evse_number=1), now=NOON)
    holds.authorize(holds.open_hold(session, amount_minor=held, now=NOON), card="4242424242424242", now=NOON)
    row = site.transaction(id_token=session.id_token)
    site.begin(row, site.decision(granted_by="guest_hold"))
    site.stop(row, 1000 + wh, at=minutes(60), reason="EVDisconnected")
    site.work(now=minutes(61))
