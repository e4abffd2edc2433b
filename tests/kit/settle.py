"""What the tests of lifecycle.lifecycle and settlement.settle share."""

from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from tests.billing.conftest import NOON

GOOD, LOST_AUTHORIZE, LOST_CAPTURE = "4242424242424242", "4000000000000119", "4000000000000341"


def guest(site, *, card=GOOD, at=NOON, amount_minor=4000):
    """A guest who has paid and not plugged in yet."""
    order = lifecycle.GuestOrder(charger=site.charger, evse_number=1, email="guest@example.com")
    session = lifecycle.open_for_guest(order, now=at)
    hold = holds.open_hold(session, amount_minor=amount_minor, now=at)
    return session, holds.authorize(hold, card=card, now=at)


def plug_in(site, session, *, at=NOON):
    row = site.transaction(id_token=session.id_token, at=at)
    site.begin(row, site.decision(granted_by="start_ordered", token=None))
    return row


def late(site, row, *, stopped, received, wh=6000):
    row.refresh_from_db()
    row.stopped_at, row.stop_received_at, row.meter_stop_wh, row.stop_reason = stopped, received, wh, "Local"
    row.save()
    lifecycle.stop(row)
