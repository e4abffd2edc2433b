"""Charges of cards, for sessions and for plans: each once, whatever is lost, refused, killed or done twice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.test import Client

from authorization.models import User
from billing.models import (
    DriverToken,
    Hold,
    PlanChange,
    Receivable,
    Session,
    SimulatedDelivery,
    SimulatedPayment,
    SimulatedRequest,
    SubscriptionPeriod,
)
from billing.payments.processors import simulated
from billing.payments.processors.protocol import NotPossibleError, OutcomeUnknownError
from billing.processor_events import processor_events
from billing.sessions.drivers import accounts, driver_tokens, payment_cards
from billing.sessions.plans import changes, subscriptions
from tests.billing.conftest import NOON, PLAIN, Site, minutes
from tests.kit.at_once import at_once
from tests.kit.held import CONFIRM, GOOD, paid
from tests.kit.plan_changes import LATER, asked, change, dear, lose, subscribed
from tests.kit.simulated import deliver
from tests.kit.subscriptions import APRIL, card, kim, plan

__all__ = ["asked", "card", "dear", "kim", "plan", "subscribed"]
pytestmark = pytest.mark.django_db
DECIDED = ("captured", "paid", "done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Charging:
    """A charge that nobody has asked for yet: how it begins, and what time brings."""

    now: datetime
    begin: Callable[[], object]
    sweep: Callable[..., object]
    row: Callable[[], Hold | SubscriptionPeriod | PlanChange]
    taken_minor: int
    """Of all payments, once it is taken."""

    def wait(self, *, begin: int = 1, end: int = 10) -> None:
        for minute in range(begin, end):
            self.sweep(now=self.now + timedelta(minutes=minute))

    def is_taken_once(self) -> bool:
        taken = sum(SimulatedPayment.objects.values_list("captured_minor", flat=True))
        return self.row().state in DECIDED and taken == self.taken_minor


def of_rest(request: pytest.FixtureRequest) -> Charging:
    """10.00 were held and 21.00 charged; the guest agreed that the same card pays the rest."""
    site: Site = request.getfixturevalue("site")
    _, _, row = paid(site, amount_minor=1000, keeps_card=True)
    site.stop(row, 51_000, at=minutes(1210), reason="EVDisconnected")
    return Charging(
        now=minutes(1211),
        begin=lambda: site.work(now=minutes(1211)),
        sweep=site.work,
        row=lambda: Hold.objects.get(role="rest"),
        taken_minor=2100,
    )


def of_account(request: pytest.FixtureRequest) -> Charging:
    """5.00 of a member whose account's card pays."""
    site: Site = request.getfixturevalue("site")
    site.rate("member", definition=PLAIN)
    user = User.objects.create_user("pat@example.com", None, sees_portal=False)
    driver = accounts.of_user(user, language="en", now=NOON)
    owned = DriverToken.objects.create(driver=driver, token=site.member, proof="code", claimed_at=NOON)
    saved = payment_cards.save(driver, card=GOOD, return_url="http://x/CARD", now=NOON)
    assert driver_tokens.pay_with(owned, saved, now=minutes(-1))
    row = site.transaction(at=NOON)
    site.begin(row)
    site.stop(row, 11_000, at=minutes(60), reason="EVDisconnected")
    return Charging(
        now=minutes(61),
        begin=lambda: site.work(now=minutes(61)),
        sweep=site.work,
        row=Hold.objects.get,
        taken_minor=500,
    )


def of_period(request: pytest.FixtureRequest) -> Charging:
    """31.00 for the second period of a plan; the first one cost 20.00."""
    request.getfixturevalue("subscribed")
    return Charging(
        now=APRIL,
        begin=lambda: subscriptions.keep_up(now=APRIL),
        sweep=subscriptions.keep_up,
        row=lambda: SubscriptionPeriod.objects.get(number=2),
        taken_minor=2000 + 3100,
    )


def of_change(request: pytest.FixtureRequest) -> Charging:
    """10.00 more for a dearer plan."""
    request.getfixturevalue("subscribed")
    dearer = request.getfixturevalue("dear")
    return Charging(
        now=LATER,
        begin=lambda: change(dearer),
        sweep=changes.keep_up,
        row=PlanChange.objects.get,
        taken_minor=2000 + 1000,
    )


KINDS = {"rest": of_rest, "account": of_account, "period": of_period, "change": of_change}


@pytest.fixture(params=KINDS)
def charging(request: pytest.FixtureRequest) -> Charging:
    return KINDS[request.param](request)


@pytest.fixture(params=["account", "rest", "period"])
def swept(request: pytest.FixtureRequest) -> Charging:
    """One that workers begin."""
    return KINDS[request.param](request)


def test_it_is_taken_once_however_often_time_comes_by(charging):
    charging.begin()
    charging.wait()

    assert charging.is_taken_once()


@pytest.mark.parametrize("is_done", [False, True], ids=["before it was done", "after it was done"])
def test_an_unknown_outcome_is_asked_for_again_with_the_same_key(charging, monkeypatch, is_done):
    keys = lose(monkeypatch, "charge", error=OutcomeUnknownError("No answer."), after=is_done)
    charging.begin()
    assert charging.row().state in {"unknown", "charging"}

    charging.wait()

    assert (len(keys), len(set(keys))) == (2, 1)
    assert charging.is_taken_once()


@pytest.mark.parametrize("is_done", [False, True], ids=["before it was done", "after it was done"])
def test_a_killed_worker_is_followed_by_one_that_asks_with_the_same_key(charging, monkeypatch, is_done):
    keys = lose(monkeypatch, "charge", error=SystemExit(), after=is_done)
    with pytest.raises(SystemExit):
        charging.begin()
    assert charging.row().state in {"authorising", "charging"}

    charging.wait()

    assert (len(keys), len(set(keys))) == (2, 1)
    assert charging.is_taken_once()


def test_it_is_looked_up_first_where_the_processor_has_forgotten_the_key(charging, monkeypatch):
    lose(monkeypatch, "charge", error=OutcomeUnknownError("No answer."))
    charging.begin()
    SimulatedRequest.objects.update(created_at=NOON)  # longer ago than keys are kept

    charging.wait()

    assert charging.is_taken_once()


def test_what_is_refused_says_why_and_is_not_asked_for_again(charging, monkeypatch):
    keys = lose(monkeypatch, "charge", error=NotPossibleError("The card was closed."), after=False)
    charging.begin()
    charging.wait()

    assert len(keys) == 1
    assert charging.row().state in {"failed", "due", "refused"}
    assert charging.row().failure == "The card was closed."
    assert sum(SimulatedPayment.objects.values_list("captured_minor", flat=True)) < charging.taken_minor


@pytest.mark.django_db(transaction=True)
def test_many_workers_take_it_once(swept):
    at_once(6, swept.begin)
    swept.wait()

    assert swept.is_taken_once()


# What the cardholder's bank asks about.


@pytest.fixture
def confirmed_rest(site: Site) -> Hold:
    """A guest pays the rest on the page of their session; the bank asks."""
    session, _, row = paid(site, amount_minor=1000)
    site.stop(row, 51_000, at=minutes(1210), reason="EVDisconnected")
    site.work(now=minutes(1211))
    Client().post(f"/s/{session.secret}/rest/", {"card": CONFIRM, "pay": "yes"})
    return Hold.objects.get(role="rest")


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("kind", ["confirmed_rest", "asked"])
def test_webhooks_of_the_banks_answer_write_it_once_though_each_comes_twice(request, kind, accepted):
    row = request.getfixturevalue(kind)
    before = sum(SimulatedPayment.objects.values_list("captured_minor", flat=True))
    simulated.confirm(row.processor_ref, accepted=accepted)

    for _ in range(2):
        for raw in [delivery.raw.encode() for delivery in SimulatedDelivery.objects.all()] * 2:
            assert deliver(raw).status_code == 204
        processor_events.handle_stored(now=LATER + timedelta(minutes=1))

    row.refresh_from_db()
    taken = sum(SimulatedPayment.objects.values_list("captured_minor", flat=True)) - before
    assert (row.state in DECIDED) == accepted
    assert (taken > 0, row.failure != "") == (accepted, not accepted)


# The card that a session's charge was begun with.


def test_a_charge_is_asked_for_again_with_the_card_that_it_was_begun_with(request, monkeypatch):
    charging = of_account(request)
    lose(monkeypatch, "charge", error=OutcomeUnknownError("No answer."))
    charging.begin()
    owned = DriverToken.objects.get()
    other = payment_cards.save(owned.driver, card="5555555555554444", return_url="http://x/CARD", now=NOON)
    DriverToken.objects.update(pays_with=other)

    charging.wait()

    assert charging.is_taken_once()
    assert (charging.row().last4, Session.objects.get().state) == ("4242", "settled")


def test_a_card_whose_driver_has_taken_it_back_is_looked_up_and_not_asked(request, monkeypatch):
    charging = of_account(request)
    keys = lose(monkeypatch, "charge", error=SystemExit(), after=False)
    with pytest.raises(SystemExit):
        charging.begin()
    DriverToken.objects.update(pays_with=None, agreed_at=None)

    charging.wait()

    assert (len(keys), SimulatedPayment.objects.count()) == (1, 0)
    assert (charging.row().state, charging.row().failure) == (
        "failed",
        "The payment never reached the processor; nothing was held.",
    )
    assert Receivable.objects.get().amount_minor == 500


def test_a_charge_of_before_without_its_card_is_looked_up(request, monkeypatch):
    charging = of_rest(request)
    keys = lose(monkeypatch, "charge", error=OutcomeUnknownError("No answer."))
    charging.begin()
    Hold.objects.filter(role="rest").update(card_ref="", customer_ref="")

    charging.wait()

    assert len(keys) == 1
    assert charging.is_taken_once()
