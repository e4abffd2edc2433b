"""What goes back of a session or of a plan: each part once, whatever is lost, refused, killed or done twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.test import Client

from billing.models import (
    AttemptedRefund,
    Invoice,
    LedgerEntry,
    PeriodRefund,
    Receipt,
    Refund,
    RefundPart,
    SimulatedPayment,
)
from billing.payments.books import ledger
from billing.payments.books.ledger import Code
from billing.payments.processors.protocol import NotPossibleError, OutcomeUnknownError
from billing.payments.processors.simulated import SimulatedProcessor
from billing.sessions.charges.refund_attempts import RefundAttempts
from billing.sessions.plans import plan_refunds, subscriptions
from billing.sessions.refunds import attempts, refunds
from tests.billing.conftest import Site, minutes
from tests.kit import gateway
from tests.kit.at_once import at_once
from tests.kit.held import GOOD, paid
from tests.kit.plan_changes import LATER as CHANGED
from tests.kit.plan_changes import change, dear, lose, subscribed
from tests.kit.subscriptions import card, kim, only, plan

__all__ = ["card", "dear", "kim", "plan", "subscribed"]
pytestmark = pytest.mark.django_db


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """A refund of two parts that nobody has sent yet, and how it is brought on."""

    site: Site
    rows: type[AttemptedRefund]
    now: datetime
    amounts: list[int]
    sweep: Callable[..., int]
    send: Callable[..., AttemptedRefund]
    credit_notes: Callable[[], int]

    def states(self) -> list[str]:
        return [row.state for row in self.rows.objects.order_by("amount_minor")]

    def after(self, **later: float) -> datetime:
        return self.now + timedelta(**later)

    def has_gone_back_once(self) -> bool:
        in_books = {code: ledger.balance(self.site.host, code, currency="USD") for code in Code}
        paid = SimulatedPayment.objects.values_list("captured_minor", "refunded_minor")
        return (
            self.states() == ["done", "done"]
            and sorted(refunded for _, refunded in paid) == self.amounts
            and (self.credit_notes(), in_books[Code.GUEST_RECEIVABLE]) == (1, 0)
            and in_books[Code.PROCESSOR_CLEARING] + in_books[Code.PROCESSOR_FEES]
            == sum(had - gone for had, gone in paid)
        )


def of_session(request: pytest.FixtureRequest) -> Going:
    """15.00 of two payments: 10.00 were held and taken, 11.00 paid afterwards."""
    site: Site = request.getfixturevalue("site")
    session, _, row = paid(site, amount_minor=1000)
    site.stop(row, 51_000, at=minutes(1210), reason="EVDisconnected")
    site.work(now=minutes(1211))
    Client().post(f"/s/{session.secret}/rest/", {"card": GOOD, "pay": "yes"})
    wanted = refunds.RefundRequest(
        amount_minor=1500, reason=Refund.Reason.GOODWILL, fault=Refund.Fault.HOST, explanation="Sorry for that."
    )
    refunds.request(Receipt.objects.get(), wanted, by="user:host@example.com", now=minutes(1300))
    return Going(
        site=site,
        rows=RefundPart,
        now=minutes(1300),
        amounts=[400, 1100],
        sweep=refunds.catch_up,
        send=attempts.PARTS.send,
        credit_notes=Receipt.objects.filter(kind="credit_note").count,
    )


def of_plan(request: pytest.FixtureRequest) -> Going:
    """18.00 of two payments: a dearer plan was taken for 10.00 more, and ended a day later."""
    site: Site = request.getfixturevalue("site")
    request.getfixturevalue("subscribed")
    change(request.getfixturevalue("dear"))
    credited = Invoice.objects.filter(kind="credit_note").count()
    ended = CHANGED + timedelta(minutes=5)
    with pytest.MonkeyPatch.context() as unsent:
        unsent.setattr(RefundAttempts, "send_due", lambda *_, **__: 0)
        assert subscriptions.end_at_once(only(), now=ended) == 1800
    return Going(
        site=site,
        rows=PeriodRefund,
        now=ended,
        amounts=[800, 1000],
        sweep=plan_refunds.send_due,
        send=plan_refunds.send,
        credit_notes=lambda: Invoice.objects.filter(kind="credit_note").count() - credited,
    )


KINDS = {"session": of_session, "plan": of_plan}


@pytest.fixture(params=KINDS)
def going(request: pytest.FixtureRequest) -> Going:
    return KINDS[request.param](request)


def test_it_goes_back_once_however_often_it_is_sent(going):
    assert going.states() == ["sending", "sending"]

    for second in (0, 5, 60):
        going.sweep(now=going.after(seconds=second))
    for row in going.rows.objects.all():
        going.send(row.pk, now=going.after(minutes=2))

    assert going.has_gone_back_once()
    assert {row.finished_at for row in going.rows.objects.all()} == {going.now}


def test_an_unknown_outcome_is_being_checked_and_asked_for_with_the_same_key(going, monkeypatch):
    real, keys = SimulatedProcessor.refund, []

    def loses_every_first(self, *args, key, **rest):
        payment = real(self, *args, key=key, **rest)
        keys.append(key)
        if keys.count(key) == 1:
            raise OutcomeUnknownError("No answer.")
        return payment

    monkeypatch.setattr(SimulatedProcessor, "refund", loses_every_first)
    going.sweep(now=going.now)
    assert (going.states(), going.credit_notes()) == (["checking", "checking"], 0)
    assert going.sweep(now=going.after(seconds=5)) == 0, "asked a moment ago"

    going.sweep(now=going.after(minutes=1))

    assert (len(keys), len(set(keys))) == (4, 2)
    assert going.has_gone_back_once()


def test_what_is_refused_is_not_sent_again_by_itself(going, monkeypatch):
    keys = lose(monkeypatch, "refund", error=NotPossibleError("The card was closed."), after=False)
    going.sweep(now=going.now)
    assert sorted(going.states()) == ["done", "refused"]

    for hour in range(1, 4):
        going.sweep(now=going.after(hours=hour))

    refused = going.rows.objects.get(state="refused")
    assert (len(keys), refused.failure, refused.finished_at) == (2, "The card was closed.", going.now)


def send_refused_again() -> None:
    for refund in Refund.objects.all():
        refunds.send_again(refund.pk, now=minutes(1400))
    for refund in plan_refunds.list_refused():
        plan_refunds.send_again(refund.pk)


def give_refused_otherwise(now: datetime) -> None:
    for refund in Refund.objects.all():
        refunds.give_otherwise(refund.pk, note=" In cash. ", by="user:agent@example.com", is_agent=True, now=now)
    for refund in plan_refunds.list_refused():
        plan_refunds.give_otherwise(refund.pk, note=" In cash. ", by="user:agent@example.com", now=now)


def test_what_is_refused_goes_back_once_when_a_person_sends_it_again(going, monkeypatch):
    keys = lose(monkeypatch, "refund", error=NotPossibleError("The card was closed."), after=False)
    going.sweep(now=going.now)

    send_refused_again()
    assert sorted(going.states()) == ["done", "sending"]
    going.sweep(now=going.after(minutes=1))

    assert (len(keys), len(set(keys))) == (3, 3)
    assert sorted(going.rows.objects.values_list("generation", "failure")) == [(1, ""), (2, "")]
    assert going.has_gone_back_once()


def test_an_answer_to_an_attempt_that_is_over_changes_nothing(going, monkeypatch):
    """A worker that asked for long hears of a refusal that a person has answered meanwhile."""
    plain, row = SimulatedProcessor.refund, going.rows.objects.order_by("pk").first()

    def overtaken(self, *args, **kwargs):
        monkeypatch.setattr(SimulatedProcessor, "refund", refuses)
        going.send(row.pk, now=going.now)
        send_refused_again()
        monkeypatch.setattr(SimulatedProcessor, "refund", plain)
        raise NotPossibleError("The card was closed.")

    def refuses(self, *args, **kwargs):
        raise NotPossibleError("The card was closed.")

    monkeypatch.setattr(SimulatedProcessor, "refund", overtaken)
    for other in going.rows.objects.exclude(pk=row.pk):
        monkeypatch.setattr(SimulatedProcessor, "refund", plain)
        going.send(other.pk, now=going.now)
    monkeypatch.setattr(SimulatedProcessor, "refund", overtaken)
    going.send(row.pk, now=going.now)

    row.refresh_from_db()
    assert (row.state, row.generation) == ("sending", 2)
    going.sweep(now=going.after(minutes=1))
    assert going.has_gone_back_once()


def test_what_is_refused_is_given_back_another_way_and_not_sent(going, monkeypatch):
    keys = lose(monkeypatch, "refund", error=NotPossibleError("The card was closed."), after=False)
    going.sweep(now=going.now)

    give_refused_otherwise(going.after(minutes=1))
    going.sweep(now=going.after(hours=1))

    given = going.rows.objects.get(state="otherwise")
    assert (given.note, given.failure, given.finished_at) == (
        "In cash.",
        "The card was closed.",
        going.after(minutes=1),
    )
    assert (len(keys), going.credit_notes()) == (2, 1)
    assert ledger.balance(going.site.host, Code.GUEST_RECEIVABLE, currency="USD") == 0
    assert ledger.balance(going.site.host, Code.BANK, currency="USD") == -given.amount_minor
    assert LedgerEntry.objects.filter(kind__startswith="otherwise").count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_it_once(going):
    at_once(6, lambda: going.sweep(now=going.now))
    going.sweep(now=going.after(minutes=1))

    assert going.has_gone_back_once()


# Killed between any two steps.

WORKER = """
import os, signal, sys
import django
django.setup()
from datetime import datetime
from billing.sessions.charges.refund_attempts import RefundAttempts
from billing.sessions.plans import plan_refunds
from billing.sessions.refunds import attempts, refunds
owner, name = eval(sys.argv[1]), sys.argv[2]
real, left = getattr(owner, name), [int(sys.argv[3])]
def killed(*args, **kwargs):
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    return real(*args, **kwargs)
setattr(owner, name, killed)
now = datetime.fromisoformat(sys.argv[4])
refunds.catch_up(now=now)
plan_refunds.send_due(now=now)
"""
STEPS = {
    "session": [
        ("RefundAttempts", "send"),
        ("RefundAttempts", "_ask"),
        ("RefundAttempts", "_write"),
        ("attempts", "settled"),
    ],
    "plan": [
        ("RefundAttempts", "send"),
        ("RefundAttempts", "_ask"),
        ("RefundAttempts", "_write"),
        ("plan_refunds", "_credit"),
    ],
}


@pytest.fixture
def in_the_open(transactional_db: None, site: Site) -> Site:
    return site


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("nth", [0, 1])
@pytest.mark.parametrize(("kind", "owner", "name"), [(kind, *step) for kind, steps in STEPS.items() for step in steps])
def test_it_goes_on_where_the_killed_worker_was(request, in_the_open, kind, owner, name, nth):
    going = KINDS[kind](request)

    worker = subprocess.run(
        [sys.executable, "-c", WORKER, owner, name, str(nth), going.now.isoformat()],
        cwd=gateway.ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "backoffice.settings", **gateway.environment()},
        timeout=60,
        check=False,
    )

    assert worker.returncode == -signal.SIGKILL
    going.sweep(now=going.after(minutes=1))
    assert going.has_gone_back_once()


# Rows from before plans' refunds had the states of sessions'.
