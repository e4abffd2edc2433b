"""A host's account at the card processor, the simulated one and Stripe: opened, looked up again, its banks changed."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from billing.models import ProcessorAccount
from billing.payments.processors.protocol import OutcomeUnknownError
from billing.payouts.payees import acts as payee_act_acts
from billing.payouts.payees import processor_accounts
from billing.processor_events import processor_events
from tests.kit.processor_accounts import agent, known, set_up, world
from tests.kit.stripe_server import KEY, SECRET, StripeServer, sign

__all__ = ["agent", "known", "world"]
pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(tz=UTC)
HERE = {"return_url": "http://testserver/back", "again_url": "http://testserver/again"}


def test_an_account_is_opened_once_and_completed_on_the_processors_page(world, known, agent):
    first = payee_act_acts.set_up(known.host, by=agent, **HERE, now=NOW)
    again = payee_act_acts.set_up(known.host, by=agent, **HERE, now=NOW)
    row = ProcessorAccount.objects.get()

    assert row.ref in first.url
    assert row.ref in again.url
    assert not row.is_enabled
    assert "tos_acceptance.date" in row.missing
    world.require(row.ref)
    found = processor_accounts.refresh_state(row, now=NOW)
    assert (found.is_enabled, found.missing, found.disabled_reason, found.seen_at) == (True, [], "", NOW)


def test_an_opening_whose_answer_was_lost_is_found_and_not_made_again(known, agent, settings):
    with StripeServer() as server:
        settings.CARD_PROCESSOR, settings.STRIPE_API_KEY = "stripe", KEY
        settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT_S = server.url, 1
        server.lose.append("500")
        with pytest.raises(OutcomeUnknownError):
            payee_act_acts.set_up(known.host, by=agent, **HERE, now=NOW)
        ProcessorAccount.objects.update(opened_at=NOW - timedelta(days=2))
        server.forget_keys()
        for thing in server.state.things.values():
            thing["created"] -= 86_400

        row = set_up(known, agent)

        assert [one["id"] for one in server.state.all("account")] == [row.ref]


def test_a_webhook_about_the_account_has_it_looked_up(known, agent, settings):
    with StripeServer() as server:
        settings.CARD_PROCESSOR = "stripe"
        settings.STRIPE_API_KEY, settings.STRIPE_WEBHOOK_SECRET = KEY, SECRET
        settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT_S = server.url, 1
        row = set_up(known, agent)
        server.state.require(row.ref, [], disabled_reason="rejected.fraud")

        raw = json.dumps(server.event("account.updated")).encode()
        answer = Client().post(
            "/webhooks/stripe/", raw, content_type="application/json", headers={"Stripe-Signature": sign(raw)}
        )
        processor_events.handle_stored(now=NOW)

        row.refresh_from_db()
        assert (answer.status_code, row.is_enabled, row.disabled_reason) == (204, False, "rejected.fraud")
