"""Stripe's objects in our words, from dictionaries as its API writes them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from billing.payments.processors.protocol import CardState, Decline, DisputeState, Movement, PaymentState, Subject
from billing.payments.processors.stripe import answers

NOON_S = 1_773_144_000
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def intent(**changes: Any) -> dict[str, Any]:
    return {
        "id": "pi_1", "status": "requires_capture", "amount": 4000, "currency": "usd", "customer": None,
        "latest_charge": None, **changes,
    }  # fmt: skip


def charge(**changes: Any) -> dict[str, Any]:
    card = {"last4": "4242", "capture_before": NOON_S}
    return {"payment_method_details": {"card": card}, "amount_refunded": 0, "balance_transaction": None, **changes}


def test_a_hold_has_its_card_and_until_when_it_can_be_captured():
    payment = answers.payment(intent(latest_charge=charge()))

    assert (payment.state, payment.currency, payment.last4) == (PaymentState.AUTHORISED, "USD", "4242")
    assert (payment.capture_before, payment.captured_minor, payment.fee_minor) == (NOON, 0, None)


def test_a_captured_payment_has_its_fee_once_stripe_has_booked_it():
    booked = charge(balance_transaction={"fee": 320}, amount_refunded=500)
    taken = intent(status="succeeded", amount_received=3000)

    assert answers.payment(taken | {"latest_charge": booked}).fee_minor == 320
    assert answers.payment(taken | {"latest_charge": booked}).refunded_minor == 500
    assert answers.payment(taken | {"latest_charge": charge(balance_transaction="txn_1")}).fee_minor is None


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("automatic", PaymentState.EXPIRED),
        ("expired", PaymentState.EXPIRED),
        ("requested_by_customer", PaymentState.CANCELLED),
        (None, PaymentState.CANCELLED),
    ],
)
def test_a_hold_that_time_ended_has_expired(reason: str | None, state: PaymentState):
    assert answers.payment(intent(status="canceled", cancellation_reason=reason)).state is state


@pytest.mark.parametrize(
    ("error", "decline"),
    [
        ({"decline_code": "insufficient_funds", "code": "card_declined"}, Decline.NO_MONEY),
        ({"decline_code": "do_not_honor", "code": "expired_card"}, Decline.EXPIRED),
        ({"code": "payment_intent_authentication_failure"}, Decline.NOT_CONFIRMED),
        ({"decline_code": None, "code": "invalid_number"}, Decline.WRONG_NUMBER),
        ({"code": "card_declined"}, Decline.REFUSED),
        (None, Decline.REFUSED),
    ],
)
def test_a_decline_is_the_issuers_word_before_stripes(error: dict[str, Any] | None, decline: Decline):
    payment = answers.payment(intent(status="requires_payment_method", last_payment_error=error))

    assert (payment.state, payment.decline) == (PaymentState.DECLINED, decline)
    assert payment.sentence


def test_an_error_of_before_is_no_decline_of_a_payment_that_went_well():
    payment = answers.payment(intent(last_payment_error={"code": "expired_card"}))

    assert (payment.decline, payment.why) == (None, ())


def test_a_card_is_named_only_where_it_may_be_charged_again():
    assert answers.payment(intent(payment_method="pm_1")).card_ref == ""
    kept = answers.payment(intent(payment_method={"id": "pm_1"}, setup_future_usage="off_session"))
    assert kept.card_ref == "pm_1"


def test_where_the_bank_asks_its_page_is_named():
    asked = intent(status="requires_action", next_action={"redirect_to_url": {"url": "https://bank.example/3ds"}})

    assert answers.payment(asked).authentication_url == "https://bank.example/3ds"
    assert answers.payment(intent(status="requires_action", next_action=None)).authentication_url == ""


@pytest.mark.parametrize(
    ("status", "payment_intent", "state", "url"),
    [
        ("open", None, PaymentState.NEEDS_AUTHENTICATION, "https://pay.example"),
        ("open", {"status": "requires_payment_method"}, PaymentState.NEEDS_AUTHENTICATION, "https://pay.example"),
        ("expired", None, PaymentState.EXPIRED, ""),
        ("complete", intent(), PaymentState.AUTHORISED, ""),
    ],
)
def test_a_page_is_a_payment_once_it_was_paid_on(status, payment_intent, state, url):
    page = {
        "id": "cs_1", "status": status, "payment_intent": payment_intent, "amount_total": 4000, "currency": "usd",
        "url": "https://pay.example",
    }  # fmt: skip

    payment = answers.payment_on_page(page)

    assert (payment.state, payment.authentication_url) == (state, url)
    assert payment.ref == ("pi_1" if state is PaymentState.AUTHORISED else "cs_1")


METHOD = {
    "id": "pm_1",
    "customer": "cus_1",
    "card": {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 30},
}


def test_a_card_without_a_customer_was_removed():
    kept, gone = answers.saved_card(METHOD), answers.saved_card(METHOD | {"customer": None}, customer_ref="cus_1")

    assert (kept.state, kept.brand, kept.exp_month) == (CardState.READY, "visa", 12)
    assert (gone.state, gone.customer_ref) == (CardState.REMOVED, "cus_1")


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"status": "succeeded", "payment_method": METHOD}, CardState.READY),
        ({"status": "requires_action"}, CardState.NEEDS_AUTHENTICATION),
        ({"status": "requires_payment_method"}, CardState.NEEDS_AUTHENTICATION),
        ({"status": "requires_payment_method", "last_setup_error": {"code": "expired_card"}}, CardState.DECLINED),
        ({"status": "canceled"}, CardState.DECLINED),
    ],
)
def test_a_card_that_is_set_up_is_declined_only_where_something_failed(changes: dict[str, Any], state: CardState):
    card = answers.card_of_setup({"id": "seti_1", "customer": "cus_1", **changes})

    assert (card.state, card.customer_ref) == (state, "cus_1")
    assert (card.decline is None) is (state is not CardState.DECLINED)


@pytest.mark.parametrize(
    ("status", "state"), [("open", CardState.NEEDS_AUTHENTICATION), ("expired", CardState.DECLINED)]
)
def test_a_page_for_a_card_that_nobody_used_declines_it_once_it_is_closed(status: str, state: CardState):
    page = {"id": "cs_1", "status": status, "setup_intent": None, "customer": "cus_1", "url": "https://pay.example"}

    card = answers.card_on_page(page)

    assert (card.state, bool(card.authentication_url)) == (state, status == "open")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("warning_needs_response", DisputeState.NEEDS_RESPONSE),
        ("needs_response", DisputeState.NEEDS_RESPONSE),
        ("prevented", DisputeState.WON),
        ("lost", DisputeState.LOST),
        ("under_review", DisputeState.UNDER_REVIEW),
    ],
)
def test_a_dispute_costs_the_fee_of_what_was_taken_and_not_of_what_came_back(status: str, state: DisputeState):
    dispute = answers.dispute(
        {
            "id": "dp_1", "payment_intent": {"id": "pi_1"}, "status": status, "reason": "fraudulent", "amount": 900,
            "balance_transactions": [{"amount": -900, "fee": 1500}, {"amount": 900, "fee": 20}], "currency": "usd",
            "created": NOON_S, "evidence_details": None,
        }
    )  # fmt: skip

    assert (dispute.state, dispute.fee_minor, dispute.payment_ref) == (state, 1500, "pi_1")
    assert (dispute.opened_at, dispute.respond_before) == (NOON, None)


def test_what_is_past_due_of_an_account_comes_first_and_once():
    wants = {"past_due": ["b"], "currently_due": ["a", "b"], "disabled_reason": None}

    account = answers.account({"id": "acct_1", "payouts_enabled": False, "requirements": wants})

    assert (account.missing, account.disabled_reason, account.is_enabled) == (("b", "a"), "", False)
    assert answers.account({"id": "acct_1", "payouts_enabled": True}).missing == ()


def test_a_balance_is_that_of_its_currency():
    thing = {
        "available": [{"amount": 100, "currency": "usd"}, {"amount": 7, "currency": "eur"}],
        "pending": [{"amount": 50, "currency": "usd"}, {"amount": 1, "currency": "usd"}],
    }

    usd, jpy = answers.balance(thing, "USD"), answers.balance(thing, "JPY")

    assert (usd.available_minor, usd.pending_minor) == (100, 51)
    assert (jpy.available_minor, jpy.pending_minor) == (0, 0)


@pytest.mark.parametrize(
    ("category", "kind"), [("charge", Movement.PAYMENT), ("network_cost", Movement.FEE), ("tax", Movement.OTHER)]
)
def test_a_movement_that_we_have_no_word_for_is_another(category: str, kind: Movement):
    movement = answers.balance_transaction(
        {
            "id": "txn_1", "reporting_category": category, "amount": 100, "fee": 3, "net": 97, "currency": "usd",
            "source": {"id": "ch_1", "payment_intent": "pi_1"}, "created": NOON_S, "available_on": NOON_S,
        },
        payout_ref="po_1",
    )  # fmt: skip

    assert (movement.kind, movement.source_ref, movement.payment_ref, movement.payout_ref) == (
        kind, "ch_1", "pi_1", "po_1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "thing", "account", "subject", "ref"),
    [
        ("payment_intent.succeeded", {"id": "pi_1"}, None, Subject.PAYMENT, "pi_1"),
        ("charge.refunded", {"id": "ch_1", "payment_intent": "pi_1"}, None, Subject.PAYMENT, "pi_1"),
        ("charge.dispute.created", {"id": "dp_1", "payment_intent": "pi_1"}, None, Subject.DISPUTE, "dp_1"),
        ("checkout.session.completed", {"id": "cs_1", "mode": "setup"}, None, Subject.CARD, "cs_1"),
        ("checkout.session.completed", {"id": "cs_1", "mode": "payment"}, None, Subject.PAYMENT, "cs_1"),
        ("account.external_account.updated", {"id": "ba_1"}, "acct_1", Subject.ACCOUNT, "acct_1"),
        ("account.updated", {"id": "acct_1"}, None, Subject.ACCOUNT, "acct_1"),
        ("balance.available", {}, None, Subject.OTHER, ""),
    ],
)
def test_an_event_says_what_to_look_up(kind, thing, account, subject, ref):
    event = answers.event(
        {"id": "evt_1", "type": kind, "data": {"object": thing}, "created": NOON_S, "account": account}
    )

    assert (event.subject, event.ref, event.created_at) == (subject, ref, NOON)
