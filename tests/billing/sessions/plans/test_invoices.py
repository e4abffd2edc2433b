"""Documents of subscriptions: invoices and credit notes, numbered without gaps in a series of their own."""

from billing.models import (
    OutgoingMail,
)
from billing.sessions.documents import outbox
from billing.sessions.plans import subscriptions
from tests.kit.subscriptions import START


def test_a_driver_is_told_once_of_each_payment(site, kim, plan, card):
    subscriptions.subscribe(kim, plan, card=card, now=START)
    outbox.send_due(lambda _: None, now=START)

    (told,) = OutgoingMail.objects.all()
    assert told.subject == "Neighbour: $20.00 paid, invoice S2026-000001"
    assert told.state == "sent"
