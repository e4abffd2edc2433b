"""What the tests of starting.ordering, starting.unstarted and starting.waiting share."""

import uuid
from datetime import UTC, datetime, timedelta

from billing.models import Hold, Session
from chargers.models import Transaction
from tests.kit.guest import pay

ASKS, LOST = "4000002760003184", "4000000000000119"


def now():
    return datetime.now(tz=UTC)


def transaction(charger, *, uid="04A1B2C3D4", evse=1, at=None, **fields):
    at = at or now() - timedelta(minutes=5)
    return Transaction.objects.create(
        charger=charger,
        transaction_id=str(uuid.uuid4().int % 10**9),
        id_token=uid,
        started_at=at,
        start_received_at=at,
        authorization_status="Accepted",
        ocpp_version="1.6",
        evse_number=evse,
        connector_number=1,
        meter_start_wh=0,
        **fields,
    )


def has_pay_button(text):
    return "Pay and start" in text


def pay_at_bank(guest, version):
    """Pays with a card whose bank asks the guest, who is now on the bank's page."""
    pay(guest, version, card=ASKS)
    return Session.objects.get(), Hold.objects.get()
