"""Budgets in loaded rows: whose count, what is asked for them, and what becomes of it."""

from datetime import date

from authorization.decide import budget_rows
from authorization.decide.budgets import MonthUse, Use
from authorization.decide.facts import GroupFacts, TokenFacts
from tests.kit.facts_of import NOON, UID, request

MARCH = date(2026, 3, 1)
EACH = {"scope": "card", "limit": 20_000, "currency": "", "stops_sessions": False}
JOINT = {"scope": "group", "limit": 50_000, "currency": "USD", "stops_sessions": True}


def row(*, budget=None, groups=()):
    return {"id": 7, "budget": budget, "groups": [{"id": pk, "budgets": list(limits)} for pk, limits in groups]}


def asked(token):
    return budget_rows.build_question([token], request=request(), host_id=1, month=MARCH)


def test_a_cards_own_budget_replaces_those_of_its_groups():
    token = row(budget=EACH, groups=[(3, [JOINT])])

    assert budget_rows.list_budgets(token) == [EACH]
    assert (asked(token).tokens, asked(token).groups, asked(token).currencies) == ({7}, frozenset(), frozenset())


def test_it_asks_for_groups_only_where_they_have_a_joint_budget():
    question = asked(row(groups=[(3, [EACH]), (4, [JOINT]), (5, [])]))

    assert (question.tokens, question.groups, question.currencies) == ({7}, {4}, {"USD"})
    assert (question.now, question.began_by) == (NOON, None)


def test_each_budget_gets_the_use_of_its_card_or_its_group():
    token = TokenFacts(uid=UID, groups=(GroupFacts(slug="a", name="A"), GroupFacts(slug="b", name="B")))
    use = MonthUse(by_token={7: Use(1200)}, by_group={4: Use(9000, {"USD": 450})})

    filled = budget_rows.add_budgets(token, row(groups=[(3, [EACH]), (4, [EACH, JOINT])]), use=use, month=MARCH)

    limits = [[(limit.used, limit.is_joint, str(limit)) for limit in group.budgets] for group in filled.groups]
    assert limits == [
        [(1200, False, "1.2 of 20 kWh")],
        [(1200, False, "1.2 of 20 kWh"), (450, True, "4.50 of 500.00 USD")],
    ]
    assert filled.groups[1].budgets[1].stops_sessions


def test_it_leaves_an_unknown_card_alone():
    assert budget_rows.add_budgets(None, None, use=MonthUse(), month=MARCH) is None
