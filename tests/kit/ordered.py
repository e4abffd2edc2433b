"""Ordered and paid sessions, for the tasks to find."""

from datetime import UTC, datetime

from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from chargers.commands import queue

GOOD = "4242424242424242"


def now():
    return datetime.now(tz=UTC)


def paid(site):
    session = lifecycle.open_for_guest(lifecycle.GuestOrder(charger=site.charger, evse_number=1), now=now())
    holds.authorize(holds.open_hold(session, amount_minor=4000, now=now()), card=GOOD, now=now())
    return session


def ordered(site, session):
    wish = queue.CommandRequest(
        action="RemoteStartTransaction",
        payload={"idTag": session.id_token},
        origin="guest",
        id_token=session.id_token,
        evse_number=1,
    )
    return queue.request(site.charger, wish, now=now())
