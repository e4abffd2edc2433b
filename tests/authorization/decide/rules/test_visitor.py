"""Steps for visitors: a guest's hold, a provider's list, a recent yes, and what the provider answers now."""

from dataclasses import replace
from datetime import timedelta

import pytest

from authorization.decide.facts import (
    GuestFacts,
    GuestHold,
    Kind,
    LiveValidation,
    LiveValidationState,
    OrderedBy,
    RecentApproval,
    Whitelist,
)
from authorization.decide.rules import visitor
from authorization.decide.trace import StepOutcome
from tests.kit.facts_of import HOUR, NOON, ROAMING, facts, request

PASSED, FAILED, SKIPPED = StepOutcome.PASSED, StepOutcome.FAILED, StepOutcome.SKIPPED
GUEST = request(Kind.GUEST)
ASKED = replace(ROAMING, whitelist=Whitelist.ALLOWED)


def hold(**changes) -> GuestHold:
    return replace(GuestHold(amount="40.00 USD", valid_until=NOON + HOUR), **changes)


def test_a_guests_hold_lets_in_until_it_ends():
    held = facts(guest=GuestFacts(hold=hold()))
    over = facts(guest=GuestFacts(hold=hold(valid_until=NOON - timedelta(seconds=1))))

    assert visitor.guest_hold(GUEST, held).sentence == "The guest has a hold of 40.00 USD."
    assert visitor.guest_hold(GUEST, over).outcome is FAILED
    assert visitor.guest_hold(GUEST, over).sentence == "The guest's hold of 40.00 USD ended at 2026-03-10 11:59."


def test_a_guest_without_a_hold_has_not_paid_and_a_card_is_no_guest():
    assert visitor.guest_hold(GUEST, facts()).sentence == "The guest has not paid: no amount is held."
    assert visitor.guest_hold(request(), facts()).outcome is SKIPPED


def test_an_account_that_has_to_be_confirmed_comes_before_the_money():
    guest = GuestFacts(hold=hold(), requires_account=True)

    assert visitor.guest_hold(GUEST, facts(guest=guest)).outcome is FAILED
    assert visitor.guest_hold(GUEST, facts(guest=replace(guest, account_confirmed=True))).outcome is PASSED


@pytest.mark.parametrize(
    ("token", "outcome"),
    [
        (None, SKIPPED),
        (ROAMING, PASSED),
        (ASKED, FAILED),
        (replace(ROAMING, valid=False), FAILED),
        (replace(ROAMING, blocked=True), FAILED),
    ],
)
def test_only_a_card_in_order_that_needs_no_question_comes_in_by_the_list(token, outcome):
    assert visitor.roaming_always(request(), facts(roaming=token)).outcome is outcome


@pytest.mark.parametrize(
    ("age", "outcome"),
    [
        (timedelta(0), PASSED),
        (timedelta(minutes=15), PASSED),
        (timedelta(minutes=15, seconds=1), FAILED),
        (-timedelta(seconds=1), FAILED),
    ],
)
def test_a_yes_lasts_for_15_minutes_and_counts_for_nothing_before_it(age, outcome):
    approval = RecentApproval(at=NOON - age, provider_name="Example eMSP")

    assert visitor.approved_recently(request(), facts(roaming=ASKED, recent_approval=approval)).outcome is outcome


def test_a_start_that_the_provider_orders_is_its_yes():
    ordered = request(Kind.REMOTE_START, ordered_by=OrderedBy.PARTNER)

    assert visitor.approved_recently(ordered, facts(roaming=ASKED)).outcome is PASSED
    assert visitor.approved_recently(replace(ordered, ordered_by=OrderedBy.APP), facts(roaming=ASKED)).outcome is FAILED
    assert visitor.approved_recently(ordered, facts()).outcome is SKIPPED


def test_a_provider_that_is_ready_has_to_be_asked():
    finding = visitor.live_validation(request(), facts(roaming=ASKED, live=LiveValidation(timeout_s=7)))

    assert (finding.outcome, finding.asks_provider) == (SKIPPED, True)
    assert finding.sentence.endswith("Example eMSP must be asked, within 7 seconds.")


@pytest.mark.parametrize(("word", "outcome"), [("ALLOWED", PASSED), ("BLOCKED", FAILED), ("NO_CREDIT", FAILED)])
def test_its_answer_is_told_with_its_words_and_its_time(word, outcome):
    live = LiveValidation(
        state=LiveValidationState.ANSWERED, answer=word, message="Bonjour", reference="R1", took_ms=120
    )

    finding = visitor.live_validation(request(), facts(roaming=ASKED, live=live))

    assert (finding.outcome, finding.took_ms) == (outcome, 120)
    assert finding.sentence == f"Example eMSP answered {word} in 120 ms and said “Bonjour”."
    assert dict(finding.values) == {"word": word, "reference": "R1"}


@pytest.mark.parametrize(
    "state",
    [
        LiveValidationState.BREAKER_OPEN,
        LiveValidationState.TIMED_OUT,
        LiveValidationState.NO_ANSWER,
        LiveValidationState.NOT_ASKED,
    ],
)
@pytest.mark.parametrize("whitelist", list(Whitelist))
def test_without_an_answer_its_policy_decides_and_never_lets_nobody_in(state, whitelist):
    known = facts(roaming=replace(ASKED, whitelist=whitelist), live=LiveValidation(state=state, message="is away"))

    finding = visitor.live_validation(request(), known)

    assert finding.outcome is (FAILED if whitelist is Whitelist.NEVER else PASSED)
    assert bool(finding.mark) is (finding.outcome is PASSED)


def test_where_nobody_can_be_asked_the_policy_decides_and_the_trace_says_so():
    finding = visitor.live_validation(request(), facts(roaming=ASKED))

    assert (finding.outcome, finding.mark) == (PASSED, visitor.NOT_SET_UP)


def test_a_card_that_the_list_calls_invalid_needs_a_yes():
    invalid = replace(ROAMING, valid=False, whitelist=Whitelist.ALLOWED_OFFLINE)
    silent = facts(roaming=invalid, live=LiveValidation(state=LiveValidationState.TIMED_OUT))

    assert visitor.live_validation(request(), silent).outcome is FAILED
    assert visitor.live_validation(request(), facts(roaming=invalid)).outcome is SKIPPED
