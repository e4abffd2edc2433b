"""Guests' holds, and the cards of the simulated processor."""

from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from chargers.sentences import stored
from tests.billing.conftest import NOON

GOOD, DECLINED, CONFIRM = "4242424242424242", "4000000000000002", "4000002760003184"


POOR_LATER, LOST = "4000008260003178", "4000000000000119"


def paid(site, *, card=GOOD, amount_minor=4000, keeps_card=False, at=NOON):
    """A guest who has paid and plugged in."""
    site.rate("guest")
    session = lifecycle.open_for_guest(lifecycle.GuestOrder(charger=site.charger, evse_number=1), now=at)
    hold = holds.open_hold(session, amount_minor=amount_minor, now=at, why=stored.free("Enough for a night."))
    hold = holds.authorize(hold, card=card, now=at, keeps_card=keeps_card)
    row = site.transaction(id_token=session.id_token, at=at)
    site.begin(row, site.decision(granted_by="start_ordered", token=None))
    session.refresh_from_db()
    return session, hold, row
