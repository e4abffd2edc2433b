"""What a card may use in a month: its own budget, the most generous of its groups, and what no budget limits."""

from dataclasses import replace
from datetime import date

import pytest

from authorization.decide import engine
from authorization.decide.facts import (
    BudgetFacts,
    DirectGrant,
    Kind,
    LiveValidation,
    OrderedBy,
    ReimbursementFacts,
    Whitelist,
)
from authorization.decide.rules import budget
from authorization.decide.trace import StepOutcome
from tests.kit.engine_cases import GUEST, LINKED, MORNINGS, ORDER, START
from tests.kit.facts_of import (
    LEFT,
    MEMBER,
    NOON,
    OPEN_HERE,
    OWN,
    RESIDENTS,
    ROAMING,
    STAY,
    USED_UP,
    facts,
    request,
)

STAFF = replace(RESIDENTS, slug="staff", name="Staff")
JOINT = replace(USED_UP, limit=500_000, used=500_000, is_joint=True)
MONEY = BudgetFacts(month=date(2026, 3, 1), limit=4000, used=1250, currency="USD", decimals=2)


def in_groups(*groups, **own):
    return facts(own=replace(OWN, groups=groups, **own))


def limited(group, *budgets):
    return replace(group, budgets=budgets)


def judge(known, asked=None):
    return budget.budget(asked or request(), known)


def test_it_says_what_the_card_has_used_of_its_budget():
    finding = judge(facts(own=replace(MEMBER, budget=LEFT)))

    assert finding.outcome is StepOutcome.PASSED
    assert finding.sentence == "Card 04A1B2C3D4 has used 18.2 of 20 kWh in March 2026."
    assert finding.link == "/authorization/tokens/?q=04A1B2C3D4"
    assert dict(finding.values) == {"used_wh": 18_200, "limit_wh": 20_000, "month": "2026-03"}


def test_it_refuses_with_use_limit_and_month():
    finding = judge(facts(own=replace(MEMBER, budget=USED_UP)))

    assert finding.outcome is StepOutcome.FAILED
    assert finding.sentence == "Card 04A1B2C3D4 has used up its budget: 20.4 of 20 kWh in March 2026."
    assert dict(finding.values) == {"used_wh": 20_400, "limit_wh": 20_000, "month": "2026-03"}


@pytest.mark.parametrize(("used", "outcome"), [(19_999, StepOutcome.PASSED), (20_000, StepOutcome.FAILED)])
def test_a_budget_is_used_up_at_its_limit(used, outcome):
    assert judge(facts(own=replace(MEMBER, budget=replace(LEFT, used=used)))).outcome is outcome


def test_it_tells_money_in_its_currency():
    finding = judge(facts(own=replace(MEMBER, budget=MONEY)))

    assert finding.sentence == "Card 04A1B2C3D4 has used 12.50 of 40.00 USD in March 2026."
    assert dict(finding.values) == {"used_minor": 1250, "limit_minor": 4000, "month": "2026-03", "currency": "USD"}


def test_a_groups_budget_for_each_card_names_the_group():
    passed, failed = (judge(in_groups(limited(RESIDENTS, limit))) for limit in (LEFT, USED_UP))

    assert passed.sentence == (
        "Card 04A1B2C3D4 has used 18.2 of 20 kWh in March 2026, which group 'Residents' allows each of its cards."
    )
    assert failed.sentence == (
        "Card 04A1B2C3D4 has used up what group 'Residents' allows each of its cards: 20.4 of 20 kWh in March 2026."
    )
    assert failed.link == "/authorization/groups/residents/"
    assert dict(failed.values)["group"] == "residents"


def test_a_joint_budget_counts_beside_that_of_each_card():
    finding = judge(in_groups(limited(RESIDENTS, LEFT, JOINT)))

    assert finding.outcome is StepOutcome.FAILED
    assert finding.sentence == "The cards of group 'Residents' have used up their budget: 500 of 500 kWh in March 2026."


def test_the_most_generous_group_counts():
    assert judge(in_groups(limited(RESIDENTS, USED_UP), limited(STAFF, LEFT))).outcome is StepOutcome.PASSED
    refused = judge(in_groups(limited(RESIDENTS, USED_UP), limited(STAFF, USED_UP)))
    assert refused.outcome is StepOutcome.FAILED
    assert refused.sentence.endswith("The budgets of its other groups here are used up as well.")


def test_a_group_without_a_budget_limits_nothing():
    assert judge(in_groups(limited(RESIDENTS, USED_UP), STAFF)).outcome is StepOutcome.SKIPPED


@pytest.mark.parametrize(
    "closed", [{"grants_access_to": ""}, {"enabled": False}, {"schedule": (MORNINGS,)}, {"active_to": NOON}], ids=str
)
def test_a_group_that_does_not_let_it_in_limits_and_frees_nothing(closed):
    assert judge(in_groups(replace(limited(RESIDENTS, USED_UP), **closed))).outcome is StepOutcome.SKIPPED
    assert judge(in_groups(limited(RESIDENTS, USED_UP), replace(STAFF, **closed))).outcome is StepOutcome.FAILED


def test_the_cards_own_budget_replaces_those_of_its_groups():
    assert judge(in_groups(limited(RESIDENTS, USED_UP), budget=LEFT)).outcome is StepOutcome.PASSED
    assert judge(in_groups(STAFF, budget=USED_UP)).outcome is StepOutcome.FAILED


@pytest.mark.parametrize(
    ("own", "known"),
    [
        ({"grants": (DirectGrant(grants_access_to="charger CP1"),)}, {}),
        ({}, {"stays": (STAY,)}),
        ({"for_reimbursement": True}, {"reimbursement": ReimbursementFacts(contracts=(LINKED,))}),
    ],
    ids=["grant", "stay", "contract"],
)
def test_a_groups_budget_leaves_alone_what_else_lets_the_card_in(own, known):
    member = replace(OWN, groups=(limited(RESIDENTS, USED_UP),), **own)

    finding = judge(facts(own=member, **known))
    assert finding.outcome is StepOutcome.SKIPPED
    assert finding.sentence.endswith("But something else lets it in here.")
    assert budget.find_exhausted_budgets(request(), facts(own=member, **known)) == ()
    limited_card = facts(own=replace(member, budget=USED_UP), **known)
    assert judge(limited_card).outcome is StepOutcome.FAILED
    assert budget.find_exhausted_budgets(request(), limited_card) == (USED_UP,)


@pytest.mark.parametrize(
    ("known", "granted_by"),
    [({"stays": (STAY,)}, "stay"), ({"reimbursement": ReimbursementFacts(contracts=(LINKED,))}, "reimbursement")],
)
def test_what_lets_it_in_then_is_not_the_group(known, granted_by):
    member = replace(OWN, groups=(limited(RESIDENTS, USED_UP),), for_reimbursement=True)

    verdict = engine.decide(request=request(), facts=facts(own=member, **known))

    assert isinstance(verdict, engine.Accepted)
    assert verdict.granted_by == granted_by
    group = next(line for line in verdict.trace if line.step == "local_group")
    assert group.sentence == "Group 'Residents' opens Sunset 1, but its budget of this month is used up."


def test_the_group_that_lets_it_in_is_one_with_something_left():
    verdict = engine.decide(request=request(), facts=in_groups(limited(RESIDENTS, USED_UP), limited(STAFF, LEFT)))

    assert isinstance(verdict, engine.Accepted)
    assert "'Staff'" in next(line for line in verdict.trace if line.step == "local_group").sentence


def test_a_grant_that_is_over_lets_nobody_past_the_budget():
    over = replace(
        OWN, groups=(limited(RESIDENTS, USED_UP),), grants=(DirectGrant(grants_access_to="CP1", active_to=NOON),)
    )

    assert judge(facts(own=over)).outcome is StepOutcome.FAILED


def test_it_is_skipped_where_nothing_is_limited():
    assert judge(facts(own=MEMBER)).sentence == "No budget is set for this card."
    assert judge(facts()).outcome is StepOutcome.SKIPPED
    assert judge(facts(own=replace(MEMBER, budget=USED_UP)), request(GUEST)).sentence == "No card was presented."


def test_a_providers_card_in_the_group_is_limited_too_unless_its_provider_decides():
    of_provider = replace(ROAMING, groups=(limited(RESIDENTS, USED_UP),))
    asks = replace(of_provider, valid=False, whitelist=Whitelist.NEVER)

    assert judge(facts(roaming=of_provider)).outcome is StepOutcome.FAILED
    assert judge(facts(roaming=asks, live=LiveValidation())).outcome is StepOutcome.SKIPPED


def test_a_used_up_budget_never_refuses_a_stop():
    used_up = replace(MEMBER, budget=USED_UP)

    verdict = engine.decide(request=request(), facts=facts(own=used_up, open_transactions=(OPEN_HERE,)))

    assert isinstance(verdict, engine.Accepted)
    assert verdict.granted_by == "possible_stop"


@pytest.mark.parametrize("asked", [request(START), request(Kind.REMOTE_START, ordered_by=OrderedBy.PORTAL)], ids=str)
def test_an_order_does_not_get_past_it(asked):
    verdict = engine.decide(request=asked, facts=facts(own=replace(MEMBER, budget=USED_UP), ordered_start=ORDER))

    assert isinstance(verdict, engine.Refused)
    assert (verdict.reason, verdict.refused_at) == ("budget_used_up", "budget")
    assert (verdict.status_16, verdict.status_2x) == ("Invalid", "NoCredit")


def test_it_finds_the_budgets_because_of_which_it_refuses():
    stopping = replace(USED_UP, stops_sessions=True)

    assert budget.find_exhausted_budgets(request(), facts(own=replace(MEMBER, budget=stopping))) == (stopping,)
    both = in_groups(limited(RESIDENTS, stopping), limited(STAFF, USED_UP))
    assert budget.find_exhausted_budgets(request(), both) == (stopping, USED_UP)
    assert budget.find_exhausted_budgets(request(), in_groups(limited(RESIDENTS, stopping), limited(STAFF, LEFT))) == ()
    assert budget.find_exhausted_budgets(request(), facts(own=MEMBER)) == ()
