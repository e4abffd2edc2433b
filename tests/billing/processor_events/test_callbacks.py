"""The webhook addresses of processors, and the simulated page of a cardholder's bank."""

import json
import time

import pytest
from django.test import Client

from billing.models import ProcessorEvent, Receipt
from billing.payments import processors
from billing.payments.processors import processor
from billing.processor_events import processor_events
from tests.billing.conftest import NOON, minutes
from tests.kit.stripe import guest_at, server, wanted
from tests.kit.stripe_server import SECRET, sign

__all__ = ["server"]
pytestmark = pytest.mark.django_db


def deliver(event, *, secret=SECRET, at=None, raw=None, signature=None):
    raw = raw or json.dumps(event).encode()
    headers = {"Stripe-Signature": signature or sign(raw, secret=secret, at=at)}
    client = Client(enforce_csrf_checks=True)
    return client.post("/webhooks/stripe/", raw, content_type="application/json", headers=headers).status_code


def test_there_is_no_stripe_without_its_key(settings):
    settings.STRIPE_API_KEY = ""

    with pytest.raises(LookupError, match="STRIPE_API_KEY"):
        processors.processor("stripe")
    assert deliver({"id": "evt_1"}) == 404


def test_its_webhooks_are_kept_once_and_only_if_they_are_stripes_and_ours(server):
    processor().authorize(wanted("pm_card_visa"), key="a")
    event = server.event("payment_intent.amount_capturable_updated")
    assert deliver(event, secret="whsec_forged") == 400
    assert deliver(event, at=time.time() - 301) == 400
    assert deliver(event, at=time.time() + 400) == 400
    assert deliver(event, signature="nonsense") == 400
    assert deliver(event, raw=json.dumps(event).encode() + b" ", signature=sign(json.dumps(event).encode())) == 400
    assert deliver(event | {"account": "acct_of_another"}) == 400
    assert deliver(event | {"livemode": True}) == 400
    assert deliver(event | {"data": {}}) == 400
    assert deliver(None, raw=b"not json") == 400
    assert ProcessorEvent.objects.count() == 0

    assert [deliver(event), deliver(event)] == [204, 204]

    kept = ProcessorEvent.objects.get()
    assert (kept.processor, kept.kind, kept.subject) == ("stripe", event["type"], "payment")
    assert kept.processor_ref == server.state.all("payment_intent")[0]["id"]


def test_its_events_of_a_hosts_account_are_taken_once_we_know_it(server, settings):
    event = {"id": "evt_1", "object": "event", "type": "payout.paid", "created": 1, "livemode": False,
             "account": "acct_host", "data": {"object": {"id": "po_1", "object": "payout"}}}  # fmt: skip
    assert deliver(event) == 400

    settings.STRIPE_ACCOUNTS = ["acct_host"]

    assert deliver(event) == 204
    assert ProcessorEvent.objects.get().subject == "payout"


def test_an_unknown_event_is_kept_and_changes_nothing(server):
    event = {"id": "evt_1", "object": "event", "type": "invoice.paid", "created": 1, "livemode": False,
             "data": {"object": {"id": "in_1"}}}  # fmt: skip

    assert deliver(event) == 204

    assert processor_events.handle_stored(now=NOON) == 1
    assert ProcessorEvent.objects.get().handled_at == NOON


def test_a_guest_pays_with_it_from_the_page_to_the_receipt(site, server):
    session, hold = guest_at(site)
    assert (hold.processor, hold.state, hold.is_on_page) == ("stripe", "authorising", True)
    assert hold.next_action_url == processor().look_up(ref=hold.processor_ref).authentication_url

    server.state.pay_on_page(hold.processor_ref)
    assert deliver(server.event("checkout.session.completed")) == 204
    processor_events.handle_stored(now=minutes(1))
    hold.refresh_from_db()
    assert (hold.state, hold.last4, hold.processor_ref[:3]) == ("authorised", "4242", "pi_")
    row = site.transaction(id_token=session.id_token)
    site.begin(row, site.decision(granted_by="start_ordered", token=None))
    site.stop(row, 6000, at=minutes(60), reason="EVDisconnected")
    site.work(now=minutes(61))

    hold.refresh_from_db()
    assert (hold.state, hold.captured_minor) == ("captured", 300)
    assert server.state.find(hold.processor_ref, "payment_intent")["amount_received"] == 300
    assert Receipt.objects.get().document["payment"]["last4"] == "4242"
