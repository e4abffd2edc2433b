"""Webhooks of the simulated processor: each delivered twice, signed, and tried again."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from billing import tasks
from billing.models import ProcessorEvent, SimulatedDelivery
from billing.payments.processors import processor, simulated
from billing.payments.processors.protocol import WebhookError, WebhookEvent
from billing.processor_events import processor_events
from tests.kit.simulated import AVAILABLE, deliver, held, paid, pay_out, transfer

pytestmark = pytest.mark.django_db


def test_it_delivers_each_event_twice_and_we_keep_it_once():
    held()
    deliveries = list(SimulatedDelivery.objects.order_by("due_at"))
    assert len(deliveries) == 2
    assert deliveries[1].due_at - deliveries[0].due_at >= timedelta(seconds=30)

    answers = [deliver(delivery.raw.encode()).status_code for delivery in deliveries]

    assert answers == [204, 204]
    assert ProcessorEvent.objects.get().kind == "payment.authorized"
    assert processor_events.handle_stored(now=datetime.now(tz=UTC)) == 1
    assert processor_events.handle_stored(now=datetime.now(tz=UTC)) == 0


def test_it_takes_no_webhook_that_is_forged_or_stale():
    raw = json.dumps({"id": "e", "kind": "k", "ref": "r", "created_at": "2026-03-10T00:00:00+00:00"}).encode()
    old = datetime.now(tz=UTC) - timedelta(minutes=6)

    assert deliver(raw, signature="1.00").status_code == 400
    assert deliver(raw, signature="nonsense").status_code == 400
    assert deliver(raw, signed_at=old).status_code == 400
    assert deliver(b"not json").status_code == 400
    assert deliver(raw + b" ", signature=simulated.sign(raw, now=datetime.now(tz=UTC))).status_code == 400
    assert deliver(b"x" * 270_000).status_code == 413
    assert ProcessorEvent.objects.count() == 0
    with pytest.raises(WebhookError, match="5 minutes"):
        processor().verify_webhook(raw, signature=simulated.sign(raw, now=old), now=datetime.now(tz=UTC))


def test_it_tries_a_delivery_again_where_nobody_listens(settings):
    settings.PUBLIC_BASE_URL = "http://127.0.0.1:9"
    held()

    assert tasks.deliver_simulated_webhooks() == 0
    assert SimulatedDelivery.objects.filter(delivered_at=None, due_at__gt=datetime.now(tz=UTC)).count() == 2


def test_it_tells_of_everything_twice_and_in_no_order(live_server, settings):
    settings.PUBLIC_BASE_URL = live_server.url
    host = simulated.open_account(bank="returns")
    payment = paid(card=AVAILABLE)
    made = transfer(host, 5000)
    processor().reverse_transfer(made.ref, amount_minor=1000, key="b")
    payout = pay_out(4000, account_ref=host)
    simulated.dispute(payment.ref)
    simulated.advance_clock(timedelta(days=8))
    SimulatedDelivery.objects.update(due_at=datetime.now(tz=UTC))

    while tasks.deliver_simulated_webhooks():
        SimulatedDelivery.objects.filter(delivered_at=None).update(due_at=datetime.now(tz=UTC))

    found = list(ProcessorEvent.objects.order_by("id").values_list("kind", "subject", "processor_ref"))
    in_order = [
        ("payment.captured", "payment", payment.ref), ("transfer.created", "transfer", made.ref),
        ("transfer.reversed", "transfer", made.ref), ("payout.created", "payout", payout.ref),
    ]  # fmt: skip
    assert set(in_order) < set(found)
    kinds = {kind for kind, _, _ in found}
    assert {"dispute.opened", "dispute.closed", "payout.in_transit", "payout.paid", "payout.failed"} < kinds
    assert len(found) == SimulatedDelivery.objects.count() / 2
    assert SimulatedDelivery.objects.filter(delivered_at=None).count() == 0


def test_its_events_say_what_they_are_about():
    raw = b'{"id": "e", "kind": "never.heard_of", "ref": "x_1", "created_at": "2026-03-10T00:00:00+00:00"}'
    now = datetime.now(tz=UTC)

    event = processor().verify_webhook(raw, signature=simulated.sign(raw, now=now), now=now)

    assert isinstance(event, WebhookEvent)
    assert (event.subject, event.ref) == ("other", "x_1")
