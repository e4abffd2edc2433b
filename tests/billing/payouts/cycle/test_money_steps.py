"""The way of a session's money in four steps."""

import uuid
from datetime import timedelta

import pytest

from billing.models import Hold, Payout, Receipt, Session
from billing.payouts.cycle import money_steps
from billing.payouts.cycle.money_steps import MoneyFacts, Progress
from tests.kit.charging import YESTERDAY

LATER = YESTERDAY + timedelta(hours=2)


def hold(state: str, **more) -> Hold:
    values = {"amount_minor": 4000, "currency": "USD", "last4": "4242", "created_at": YESTERDAY, "role": "main"}
    return Hold(state=state, **values | more)


def steps(state: str = "settled", *holds: Hold, **more):
    session = Session(state=state, secret="s" * 43, settled_at=LATER, billed_to=more.pop("billed_to", ""))
    facts = {"rating": None, "receipt": None} | more
    return money_steps.steps(MoneyFacts(session=session, holds=holds, **facts))


def progress(*args, **more) -> list[str]:
    return [step.progress.value for step in steps(*args, **more)]


@pytest.mark.parametrize(
    ("state", "holds", "expected"),
    [
        ("waiting", [hold("authorising")], ["waiting", "waiting", "waiting", "waiting"]),
        ("charging", [hold("authorised")], ["done", "waiting", "waiting", "waiting"]),
        ("held", [hold("authorised")], ["done", "waiting", "waiting", "waiting"]),
        ("failed", [hold("failed")], ["failed", "not_needed", "not_needed", "not_needed"]),
        ("failed", [hold("voided")], ["done", "not_needed", "not_needed", "not_needed"]),
        ("settled", [hold("expired")], ["done", "failed", "done", "not_needed"]),
        ("settled", [], ["not_needed", "not_needed", "done", "not_needed"]),
        ("settled", [hold("captured", role="rest")], ["not_needed", "done", "done", "not_needed"]),
    ],
)
def test_each_step_is_as_far_as_what_is_stored(state, holds, expected):
    assert progress(state, *holds) == expected


def test_several_holds_are_one_sum_and_what_was_not_needed_is_released():
    main = hold("captured", captured_minor=4000, finished_at=YESTERDAY)
    more = hold("captured", captured_minor=500, finished_at=LATER, role="extension", amount_minor=1000)

    held, captured, *_ = steps("settled", main, more)

    assert (held.amount, held.note) == ("$50.00", "On the card ending in 4242, in 2 holds.")
    assert (captured.amount, captured.at, captured.note) == ("$45.00", LATER, "$5.00 was released.")


def test_a_session_on_the_bill_of_a_stay_says_so():
    assert steps(billed_to="folio")[0].note == "It goes onto the bill of the stay."


def test_what_is_in_no_payout_yet_says_why():
    paid_out = steps(waits_for="unpaid")[3]

    assert (paid_out.progress, paid_out.note) == (Progress.WAITING, "In no payout yet: not paid by the driver yet.")


def test_what_the_host_collects_is_not_paid_out():
    receipt = Receipt(series="2026", number=1, collected_by="host")

    assert steps(receipt=receipt)[3].note == "You collect it yourself."


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("calculated", "waiting"),
        ("in_transit", "waiting"),
        ("paid", "done"),
        ("reconciled", "done"),
        ("returned", "failed"),
    ],
)
def test_a_payout_is_done_when_it_was_paid(state, expected):
    payout = Payout(id=uuid.uuid4(), state=state, number=7, paid_at=LATER)

    paid_out = steps(payout=payout)[3]

    assert (paid_out.progress, paid_out.link_name) == (expected, f"Payout {payout.label}")
    assert paid_out.at == (LATER if expected == "done" else None)
    assert paid_out.link == f"/payouts/one/{payout.pk}/"
