"""What is Stripe's alone: its own page for cards, lost answers, its webhooks, and a guest who pays with it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from billing.models import Hold
from billing.payments.processors import processor
from billing.payments.processors.protocol import (
    CardState,
    CardToSave,
    NotPossibleError,
    OutcomeUnknownError,
    PaymentState,
    Subject,
    WebhookError,
)
from billing.sessions.settlement import settle
from chargers.sentences import stored
from tests.billing.conftest import minutes
from tests.kit.processing import RETURN_URL
from tests.kit.stripe import guest_at, server, wanted
from tests.kit.stripe_server import KEY, sign
from tests.kit.stripe_state import Refused

__all__ = ["server"]
pytestmark = pytest.mark.django_db


def test_it_lets_the_cardholder_enter_the_card_at_stripe(server):
    payment = processor().authorize(wanted(), key="hold:1:authorize:1")
    assert payment.state is PaymentState.NEEDS_AUTHENTICATION
    assert payment.ref.startswith("cs_")
    assert payment.authentication_url.startswith(f"{server.url}/pay/")
    assert processor().look_up(ref=payment.ref) == payment
    with pytest.raises(Refused):
        server.state.pay_on_page(payment.ref, "pm_card_chargeDeclined")
    assert processor().look_up(ref=payment.ref) == payment, "the page asks for another card"

    server.state.pay_on_page(payment.ref)

    found = processor().look_up(ref=payment.ref)
    assert (found.state, found.last4, found.ref[:3]) == (PaymentState.AUTHORISED, "4242", "pi_")
    assert processor().look_up(key="hold:1:authorize:1") == found
    assert processor().capture(found.ref, amount_minor=1500, key="c").captured_minor == 1500


def test_it_closes_a_page_that_nobody_paid_on(server):
    payment = processor().authorize(wanted(), key="a")

    assert processor().cancel(payment.ref, key="v").state is PaymentState.EXPIRED
    assert processor().cancel(payment.ref, key="v2").state is PaymentState.EXPIRED
    with pytest.raises(Refused):
        server.state.pay_on_page(payment.ref)
    paid = processor().authorize(wanted(), key="b")
    server.state.pay_on_page(paid.ref)
    with pytest.raises(NotPossibleError):
        processor().cancel(paid.ref, key="v3")


def test_it_saves_a_card_on_stripes_page(server):
    card = processor().save_card(CardToSave(card="", customer="driver:7", return_url=RETURN_URL), key="s")
    assert (card.state, card.ref[:3]) == (CardState.NEEDS_AUTHENTICATION, "cs_")
    assert card.customer_ref.startswith("cus_")
    assert card.authentication_url

    server.state.pay_on_page(card.ref)

    found = processor().look_up_card(ref=card.ref)
    assert (found.state, found.ref[:3], found.customer_ref) == (CardState.READY, "pm_", card.customer_ref)
    assert processor().look_up_card(ref=found.ref) == found
    paid = wanted(found.ref, customer_ref=found.customer_ref, is_off_session=True)
    assert processor().charge(paid, key="f").state is PaymentState.CAPTURED


def test_it_keeps_the_card_of_a_page_if_its_holder_agreed(server):
    payment = processor().authorize(wanted(keeps_card=True), key="a")
    server.state.pay_on_page(payment.ref)

    found = processor().look_up(ref=payment.ref)

    assert found.card_ref.startswith("pm_")
    more = wanted(found.card_ref, amount_minor=900, customer_ref=found.customer_ref, is_off_session=True)
    assert processor().authorize(more, key="b").state is PaymentState.AUTHORISED


@pytest.mark.parametrize("how", ["500", "silence"])
def test_it_does_not_know_what_became_of_a_lost_answer_and_asks_again_with_the_same_key(server, how):
    server.lose.append(how)
    with pytest.raises(OutcomeUnknownError):
        processor().authorize(wanted("pm_card_visa"), key="a")

    found = processor().look_up(key="a")

    assert found.state is PaymentState.AUTHORISED
    assert processor().authorize(wanted("pm_card_visa"), key="a").ref == found.ref
    server.lose.append(how)
    with pytest.raises(OutcomeUnknownError):
        processor().capture(found.ref, amount_minor=700, key="c")
    assert processor().capture(found.ref, amount_minor=700, key="c").captured_minor == 700
    server.lose.append(how)
    with pytest.raises(OutcomeUnknownError):
        processor().refund(found.ref, amount_minor=100, key="r")
    assert processor().refund(found.ref, amount_minor=100, key="r").refunded_minor == 100
    assert len(server.state.all("payment_intent")) == 1


def test_it_does_not_know_anything_where_nobody_listens(settings, server):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    with pytest.raises(OutcomeUnknownError):
        processor().look_up(ref="pi_1")


def test_it_says_in_our_words_that_the_key_is_wrong(settings, server):
    settings.STRIPE_API_KEY = "sk_test_another"

    with pytest.raises(NotPossibleError, match="not set up correctly"):
        processor().authorize(wanted("pm_card_visa"), key="a")


def test_it_needs_a_page_to_come_back_to_and_a_cardholder_for_a_new_card(server):
    with pytest.raises(NotPossibleError, match="come back"):
        processor().authorize(wanted(return_url=""), key="a")
    with pytest.raises(NotPossibleError, match="only a saved card"):
        processor().charge(wanted(is_off_session=True), key="b")
    assert server.asked == []


@pytest.mark.parametrize(
    ("kind", "thing", "subject", "ref"),
    [
        ("charge.refunded", {"id": "ch_1", "payment_intent": "pi_1"}, Subject.PAYMENT, "pi_1"),
        ("charge.dispute.created", {"id": "dp_1", "payment_intent": "pi_1"}, Subject.DISPUTE, "dp_1"),
        ("checkout.session.completed", {"id": "cs_1", "mode": "payment"}, Subject.PAYMENT, "cs_1"),
        ("checkout.session.completed", {"id": "cs_2", "mode": "setup"}, Subject.CARD, "cs_2"),
        ("transfer.reversed", {"id": "tr_1"}, Subject.TRANSFER, "tr_1"),
        ("invoice.paid", {"id": "in_1"}, Subject.OTHER, "in_1"),
    ],
)
def test_its_events_say_what_they_are_about(server, kind, thing, subject, ref):
    event = {"id": "evt_1", "object": "event", "type": kind, "created": 1, "livemode": False, "data": {"object": thing}}
    raw, now = json.dumps(event).encode(), datetime.now(tz=UTC)

    told = processor().verify_webhook(raw, signature=sign(raw), now=now)

    assert (told.subject, told.ref, told.kind) == (subject, ref, kind)
    with pytest.raises(WebhookError, match="5 minutes"):
        processor().verify_webhook(raw, signature=sign(raw), now=now + timedelta(minutes=6))


def test_a_guest_who_does_not_pay_on_the_page_is_given_up_and_the_page_closed(site, server):
    session, hold = guest_at(site)

    site.work(now=minutes(16))

    hold.refresh_from_db()
    session.refresh_from_db()
    assert (session.state, hold.state) == ("failed", "expired")
    assert server.state.find(hold.processor_ref, "checkout.session")["status"] == "expired"


def test_a_guest_who_pays_too_late_gets_the_money_back_at_once(site, server):
    session, hold = guest_at(site)
    server.state.pay_on_page(hold.processor_ref)

    settle.fail(session.pk, why=stored.free("Too late."), now=minutes(16))

    hold.refresh_from_db()
    assert hold.state == "voided"
    assert server.state.all("payment_intent")[0]["status"] == "canceled"


def test_it_resolves_a_hold_whose_answer_was_lost(site, server):
    server.lose.append("silence")
    _, hold = guest_at(site)
    assert hold.state == "unknown"

    settle.resolve_holds(now=minutes(1))

    hold.refresh_from_db()
    assert (hold.state, hold.is_on_page) == ("authorising", True)
    assert hold.next_action_url
    assert Hold.objects.count() == len(server.state.all("checkout.session")) == 1


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ("amount=100&currency=usd&surprise=1", "parameter_unknown"),
        ("currency=usd", "parameter_missing"),
        ("amount=1.5&currency=usd", "parameter_invalid_integer"),
        ("amount=100&currency=usd&confirm=yes", "parameter_invalid_boolean"),
    ],
)
def test_the_local_server_is_as_strict_as_stripe(server, form, code):
    headers = {"Authorization": f"Bearer {KEY}", "Stripe-Version": "2026-10-28.endive"}

    answer = server.answer("POST", "/v1/payment_intents", form, headers)

    assert answer.status == 400
    assert json.loads(answer.body)["error"]["code"] == code
    assert server.answer("GET", "/v1/nonsense", "", headers).status == 404
    assert server.answer("GET", "/v1/balance", "", headers | {"Stripe-Version": "2020-01-01"}).status == 400
    assert server.answer("GET", "/v1/balance", "", headers | {"Authorization": "Bearer x"}).status == 401
