"""What the tests of lifecycle.lifecycle, settlement.settle and settlement.late_stops share."""

from datetime import timedelta

from billing.models import LateStop, Receipt, Session
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from billing.sessions.settlement import late_stops, settle
from chargers.models import Charger, Transaction
from tests.billing.conftest import NOON, minutes

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


def closed(site, *, until_wh=6000):
    """A session with 5 kWh at its last reading, then silence: closed and billed at 3.00."""
    site.rate("member")
    row = site.transaction()
    session = site.begin(row)
    site.reading(row, until_wh, at=minutes(60))
    Charger.objects.filter(pk=site.charger.pk).update(last_message_at=minutes(60))
    settle.close_silent(now=minutes(400))
    site.work(now=minutes(401))
    site.work(now=minutes(402))
    session.refresh_from_db()
    assert session.state == "settled"
    assert Receipt.objects.get().rating.total_minor == 300
    return session, row


def stops(site, row, wh, *, after=timedelta(hours=10)):
    row.refresh_from_db()
    received = NOON + after
    Transaction.objects.filter(pk=row.pk).update(case="")
    row.refresh_from_db()
    site.stop(row, wh, at=minutes(90))
    Session.objects.filter(transaction=row).update(late_stop_at=received)
    late_stops.catch_up(now=received)
    return LateStop.objects.get()
