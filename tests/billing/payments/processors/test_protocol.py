"""What every card processor does alike: the simulated one, and Stripe's SDK against a local server of its API."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from billing.payments.processors.protocol import (
    AccountToOpen,
    BankToAttach,
    CardState,
    Decline,
    DisputeState,
    IdempotencyConflictError,
    Movement,
    NotPossibleError,
    PaymentState,
    PayoutState,
)
from tests.kit.processing import RETURN_URL, SIMULATED_CARDS, STRIPE_CARDS, World
from tests.kit.stripe_server import KEY, SECRET, StripeServer

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["simulated", "stripe"])
def world(request, settings) -> Iterator[World]:
    if request.param == "simulated":
        yield World("simulated", SIMULATED_CARDS)
        return
    with StripeServer() as server:
        settings.STRIPE_API_KEY, settings.STRIPE_WEBHOOK_SECRET = KEY, SECRET
        settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT_S = server.url, 1
        yield World("stripe", STRIPE_CARDS, server)


def held(world, card="good", *, key="hold:1:authorize:1", **fields):
    return world.processor.authorize(world.wanted(card, **fields), key=key)


def taken(world, card="good", *, key="fee:1:charge:1", amount_minor=10_000):
    return world.processor.charge(world.wanted(card, amount_minor=amount_minor), key=key)


def saved(world, card="good", *, key="card:1:save:1", **fields):
    return world.processor.save_card(world.to_save(card, **fields), key=key)


def off_session(world, card, *, key="fee:2:charge:1", amount_minor=990):
    wanted = world.wanted(card.ref, amount_minor=amount_minor, customer_ref=card.customer_ref, is_off_session=True)
    return world.processor.charge(wanted, key=key)


def test_it_holds_and_captures_a_part_and_keeps_a_fee(world):
    payment = held(world)
    assert (payment.state, payment.last4, payment.amount_minor) == (PaymentState.AUTHORISED, "4242", 4000)
    assert (payment.currency, payment.captured_minor, payment.fee_minor) == ("USD", 0, None)
    assert payment.capture_before is not None

    captured = world.processor.capture(payment.ref, amount_minor=1234, key="c")

    assert (captured.state, captured.captured_minor, captured.fee_minor) == (PaymentState.CAPTURED, 1234, 66)
    assert world.processor.look_up(ref=payment.ref) == captured


def test_it_captures_no_more_than_is_held_and_once(world):
    ref = held(world).ref

    for amount_minor in (4001, 0):
        with pytest.raises(NotPossibleError):
            world.processor.capture(ref, amount_minor=amount_minor, key=f"c{amount_minor}")
    world.processor.capture(ref, amount_minor=4000, key="c")
    with pytest.raises(NotPossibleError):
        world.processor.capture(ref, amount_minor=1, key="c2")
    with pytest.raises(NotPossibleError):
        world.processor.cancel(ref, key="v")
    assert world.processor.look_up(ref=ref).captured_minor == 4000


def test_it_releases_a_hold_and_says_so_again(world):
    ref = held(world).ref

    assert world.processor.cancel(ref, key="v").state is PaymentState.CANCELLED
    assert world.processor.cancel(ref, key="v").state is PaymentState.CANCELLED
    assert world.processor.cancel(ref, key="v2").state is PaymentState.CANCELLED
    with pytest.raises(NotPossibleError):
        world.processor.capture(ref, amount_minor=1, key="c")


def test_it_refunds_no_more_than_was_captured(world):
    ref = taken(world, amount_minor=1234).ref

    assert world.processor.refund(ref, amount_minor=1000, key="r").refunded_minor == 1000
    assert world.processor.refund(ref, amount_minor=1000, key="r").refunded_minor == 1000
    with pytest.raises(NotPossibleError):
        world.processor.refund(ref, amount_minor=235, key="r2")
    assert world.processor.refund(ref, amount_minor=234, key="r3").refunded_minor == 1234


def test_it_gives_one_answer_and_one_effect_for_a_key(world):
    first = held(world)

    assert held(world).ref == first.ref
    with pytest.raises(IdempotencyConflictError):
        held(world, amount_minor=4001)
    assert held(world, key="another").ref != first.ref


def test_it_finds_what_was_made_with_a_key(world):
    payment = held(world)

    assert world.processor.look_up(key="hold:1:authorize:1").ref == payment.ref
    assert world.processor.look_up(key="hold:9:authorize:1") is None
    assert world.processor.look_up(ref="pi_none") is None
    card = saved(world)
    assert world.processor.look_up_card(key="card:1:save:1").ref == card.ref
    assert world.processor.look_up_card(key="card:9:save:1") is None
    assert world.processor.look_up_card(ref="pm_none") is None


@pytest.mark.parametrize(
    ("card", "decline", "sentence"),
    [
        ("declined", Decline.REFUSED, "The card's bank declined the payment."),
        ("poor", Decline.NO_MONEY, "The card has not enough money for this amount."),
    ],
)
def test_it_declines_with_our_sentence(world, card, decline, sentence):
    payment = held(world, card)

    assert (payment.state, payment.decline, payment.sentence) == (PaymentState.DECLINED, decline, sentence)
    assert world.processor.look_up(ref=payment.ref).state is PaymentState.DECLINED
    assert held(world, card) == payment


@pytest.mark.parametrize(("accepted", "state"), [(True, PaymentState.AUTHORISED), (False, PaymentState.DECLINED)])
def test_it_sends_the_cardholder_to_their_bank(world, accepted, state):
    payment = held(world, "asks")
    assert payment.state is PaymentState.NEEDS_AUTHENTICATION
    assert payment.authentication_url

    world.answer_bank(payment.ref, accepted=accepted)

    assert world.processor.look_up(ref=payment.ref).state is state


def test_it_lets_a_hold_expire(world):
    payment = held(world)
    world.advance(timedelta(days=6, hours=23))
    assert world.processor.look_up(ref=payment.ref).state is PaymentState.AUTHORISED

    world.advance(timedelta(hours=2))

    assert world.processor.look_up(ref=payment.ref).state is PaymentState.EXPIRED
    with pytest.raises(NotPossibleError):
        world.processor.capture(payment.ref, amount_minor=1, key="c")


def test_it_saves_a_card_and_charges_it_without_its_holder(world):
    card = saved(world)
    assert (card.state, card.brand, card.last4, card.exp_month) == (CardState.READY, "visa", "4242", 12)

    payment = off_session(world, card)

    assert (payment.state, payment.captured_minor) == (PaymentState.CAPTURED, 990)
    again = saved(world, key="2", customer_ref=card.customer_ref)
    assert again.customer_ref == card.customer_ref
    assert again.ref != card.ref


def test_it_declines_what_it_cannot_ask_for(world):
    card = saved(world, "asks")
    assert (card.state, bool(card.authentication_url)) == (CardState.NEEDS_AUTHENTICATION, True)
    world.answer_bank(card.ref, accepted=True)
    ready = world.processor.look_up_card(ref=card.ref)
    assert ready.state is CardState.READY

    payment = off_session(world, ready)

    assert (payment.state, payment.decline) == (PaymentState.DECLINED, Decline.NEEDS_CARDHOLDER)


def test_it_asks_once_where_the_bank_is_content_with_that(world):
    card = saved(world, "asks_once")
    world.answer_bank(card.ref, accepted=True)

    payment = off_session(world, world.processor.look_up_card(ref=card.ref))

    assert payment.state is PaymentState.CAPTURED


def test_it_saves_a_card_that_has_no_money_later(world):
    payment = off_session(world, saved(world, "poor_later"))

    assert (payment.state, payment.decline) == (PaymentState.DECLINED, Decline.NO_MONEY)


def test_it_saves_no_card_that_is_declined_or_refused(world):
    declined = saved(world, "declined")
    assert (declined.state, declined.decline) == (CardState.DECLINED, Decline.REFUSED)
    refused = saved(world, "asks", key="2")

    world.answer_bank(refused.ref, accepted=False)

    assert world.processor.look_up_card(ref=refused.ref).state is CardState.DECLINED


def test_it_charges_nobody_elses_card_and_none_that_was_removed(world):
    card, other = saved(world), saved(world, key="2", customer="driver:8")
    wanted = world.wanted(card.ref, customer_ref=other.customer_ref, is_off_session=True)
    with pytest.raises(NotPossibleError):
        world.processor.charge(wanted, key="x")

    assert world.processor.remove_card(card.ref, key="r").state is CardState.REMOVED
    assert world.processor.remove_card(card.ref, key="r2").state is CardState.REMOVED

    assert world.processor.look_up_card(ref=card.ref).state is CardState.REMOVED
    with pytest.raises(NotPossibleError):
        off_session(world, card, key="y")


def test_it_keeps_the_card_of_a_payment_if_its_holder_agreed(world):
    assert held(world).card_ref == ""
    payment = held(world, key="2", keeps_card=True)
    assert payment.card_ref
    wanted = world.wanted(payment.card_ref, amount_minor=700, customer_ref=payment.customer_ref, is_off_session=True)

    more = world.processor.authorize(wanted, key="3")

    assert (more.state, more.amount_minor) == (PaymentState.AUTHORISED, 700)


def test_a_saved_card_is_charged_again_only_if_its_holder_agreed(world):
    card = saved(world)
    paid = {"card": card.ref, "customer_ref": card.customer_ref}

    once = world.processor.authorize(world.wanted(**paid), key="1")
    again = world.processor.authorize(world.wanted(**paid, keeps_card=True), key="2")

    assert (once.card_ref, once.customer_ref) == ("", card.customer_ref)
    assert (again.card_ref, again.customer_ref) == (card.ref, card.customer_ref)


def test_it_lists_its_movements_and_lets_money_wait(world):
    payment = taken(world)
    world.processor.refund(payment.ref, amount_minor=400, key="r")

    (first, second) = world.processor.list_balance_transactions()

    assert (first.kind, first.amount_minor, first.fee_minor, first.net_minor) == (Movement.PAYMENT, 10_000, 320, 9680)
    assert (second.kind, second.net_minor) == (Movement.REFUND, -400)
    assert first.payment_ref == second.payment_ref == payment.ref
    assert first.available_at - first.created_at == timedelta(days=2)
    balance = world.processor.balance("USD")
    assert (balance.available_minor, balance.pending_minor) == (-400, 9680)
    world.advance(timedelta(days=2))
    assert world.processor.balance("USD").available_minor == 9280
    assert list(world.processor.list_balance_transactions(since=first.created_at + timedelta(days=1))) == []


def test_it_takes_disputed_money_back_until_the_bank_has_decided(world):
    payment = taken(world)
    ref = world.dispute(payment.ref)
    dispute = world.processor.look_up_dispute(ref)
    assert (dispute.state, dispute.payment_ref) == (DisputeState.NEEDS_RESPONSE, payment.ref)
    assert (dispute.amount_minor, dispute.fee_minor, dispute.reason) == (10_000, 1500, "fraudulent")
    with pytest.raises(NotPossibleError):
        world.processor.refund(payment.ref, amount_minor=1, key="r")

    answered = world.processor.answer_dispute(ref, evidence="12 kWh were delivered.", key="e")

    assert answered.state is DisputeState.UNDER_REVIEW
    with pytest.raises(NotPossibleError):
        world.processor.answer_dispute(ref, evidence="More.", key="e2")
    world.decide(ref, is_won=True)
    assert world.processor.look_up_dispute(ref).state is DisputeState.WON
    kinds = [(one.kind, one.net_minor) for one in world.processor.list_balance_transactions()]
    assert kinds[1:] == [(Movement.DISPUTE, -11_500), (Movement.DISPUTE_BACK, 10_000)]
    assert world.processor.look_up_dispute("dp_none") is None


def test_it_moves_only_what_is_available(world):
    host = world.account()
    move = world.processor.transfer
    taken(world)
    with pytest.raises(NotPossibleError):
        move(host, amount_minor=100, currency="USD", key="t0")
    world.advance(timedelta(days=2))

    made = move(host, amount_minor=5000, currency="USD", key="t")

    assert move(host, amount_minor=5000, currency="USD", key="t") == made
    assert world.processor.balance("USD").available_minor == 4680
    assert world.processor.balance("USD", account_ref=host).available_minor == 5000
    assert world.processor.reverse_transfer(made.ref, amount_minor=600, key="b").reversed_minor == 600
    with pytest.raises(NotPossibleError):
        world.processor.reverse_transfer(made.ref, amount_minor=4401, key="b2")
    with pytest.raises(NotPossibleError):
        move("acct_none", amount_minor=1, currency="USD", key="t2")


def test_it_pays_out_and_says_when_the_bank_sent_it_back(world):
    host = world.account()
    taken(world, "available")
    world.processor.transfer(host, amount_minor=5000, currency="USD", key="t")
    with pytest.raises(NotPossibleError):
        world.processor.pay_out(host, amount_minor=5001, currency="USD", key="p0")

    payout = world.processor.pay_out(host, amount_minor=5000, currency="USD", key="p")

    assert (payout.state, payout.account_ref, bool(payout.trace)) == (PayoutState.PENDING, host, True)
    listed = list(world.processor.list_balance_transactions(payout=payout.ref, account_ref=host))
    assert [(one.kind, one.net_minor) for one in listed] == [(Movement.TRANSFER, 5000)]
    world.advance(timedelta(days=2, hours=2))
    assert world.processor.look_up_payout(payout.ref, account_ref=host).state is PayoutState.PAID
    world.fail_payout(payout.ref)
    failed = world.processor.look_up_payout(payout.ref, account_ref=host)
    assert (failed.state, failed.failure) == (PayoutState.FAILED, "account_closed")
    assert failed.sentence == "The bank account has been closed."
    assert world.processor.balance("USD", account_ref=host).available_minor == 5000
    assert world.processor.look_up_payout(payout.ref) is None


def test_it_charges_once_though_the_key_was_forgotten_meanwhile(world):
    first = taken(world)
    asked_at = datetime.now(tz=UTC)
    world.two_days_pass()

    again = world.processor.charge(
        world.wanted("good", amount_minor=10_000), key="fee:1:charge:1", first_asked_at=asked_at - timedelta(days=2)
    )

    assert (again.ref, again.state) == (first.ref, PaymentState.CAPTURED)


def test_it_refunds_once_though_the_key_was_forgotten_meanwhile(world):
    payment = taken(world)
    world.processor.refund(payment.ref, amount_minor=1000, key="r")
    asked_at = datetime.now(tz=UTC)
    world.two_days_pass()

    again = world.processor.refund(payment.ref, amount_minor=1000, key="r", first_asked_at=asked_at - timedelta(days=2))
    other = world.processor.refund(
        payment.ref, amount_minor=1000, key="r2", first_asked_at=asked_at - timedelta(days=2)
    )

    assert (again.refunded_minor, other.refunded_minor) == (1000, 2000)


def test_it_would_act_twice_on_a_forgotten_key_that_is_not_looked_up(world):
    payment = taken(world)
    world.processor.refund(payment.ref, amount_minor=1000, key="r")
    world.two_days_pass()

    assert world.processor.refund(payment.ref, amount_minor=1000, key="r").refunded_minor == 2000


def test_it_finds_a_payment_by_its_key_days_later(world):
    payment = taken(world)
    world.two_days_pass()

    assert world.processor.look_up(key="fee:1:charge:1").ref == payment.ref


def opened(world, *, key="processor_account:1:open", **more):
    wanted = AccountToOpen(owner="sunset", name="Sunset Stays LLC", country="US")
    return world.processor.open_account(wanted, key=key, **more)


def bank(number="000123456789"):
    return BankToAttach(holder="Sunset", country="US", currency="USD", number=number, routing="110000000")


def test_it_opens_a_hosts_account_once_and_says_what_is_missing(world):
    account = opened(world)

    assert opened(world) == account
    assert not account.is_enabled
    assert "tos_acceptance.date" in account.missing
    assert account.disabled_reason == "requirements.past_due"
    assert world.processor.look_up_account(account.ref) == account
    assert world.processor.look_up_account("acct_unknown") is None


def test_it_finds_an_account_that_was_opened_with_a_key_it_has_forgotten(world):
    since = datetime.now(tz=UTC) - timedelta(days=3)
    account = opened(world)
    world.two_days_pass()

    assert opened(world, first_asked_at=since).ref == account.ref


def test_it_leads_a_host_to_its_page_and_pays_out_once_nothing_is_missing(world):
    account = opened(world)

    page = world.processor.onboarding_page(account.ref, return_url=RETURN_URL, again_url=RETURN_URL)
    world.require(account.ref)

    assert account.ref in page.url
    assert page.expires_at > datetime.now(tz=UTC)
    assert world.processor.look_up_account(account.ref).is_enabled
    world.require(account.ref, "individual.id_number", disabled_reason="under_review")
    found = world.processor.look_up_account(account.ref)
    assert (found.is_enabled, found.missing, found.disabled_reason) == (
        False,
        ("individual.id_number",),
        "under_review",
    )
    with pytest.raises(NotPossibleError):
        world.processor.onboarding_page("acct_unknown", return_url=RETURN_URL, again_url=RETURN_URL)


def test_it_pays_to_the_banks_that_are_attached_and_to_no_other(world):
    account = opened(world).ref
    world.processor.charge(world.wanted("available", amount_minor=9000), key="top-up")
    world.processor.transfer(account, amount_minor=5000, currency="USD", key="t")
    old = world.processor.attach_bank(account, bank(), key="a")
    assert world.processor.attach_bank(account, bank(), key="a") == old
    with pytest.raises(NotPossibleError):
        world.processor.detach_bank(account, old, key="d-too-early")
    new = world.processor.attach_bank(account, bank("000987654321"), key="b")

    world.processor.detach_bank(account, old, key="d")
    world.processor.detach_bank(account, old, key="d2")

    assert world.banks(account) == ["4321"]
    pay = {"amount_minor": 1000, "currency": "USD"}
    with pytest.raises(NotPossibleError):
        world.processor.pay_out(account, **pay, key="p", bank_ref=old)
    assert world.processor.pay_out(account, **pay, key="p2", bank_ref=new).state is PayoutState.PENDING
