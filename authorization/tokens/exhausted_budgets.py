"""Budgets that are used up in a month, and which cards a charger therefore lets in no more."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from authorization.decide import budgets as use_sums
from authorization.decide.budgets import MonthUse, UseQuestion
from authorization.decide.facts import BudgetFacts
from authorization.models import Budget, Token
from chargers.models import Charger

Scope = Budget.Scope


@dataclass(frozen=True, slots=True)
class ExhaustedBudgets:
    """The budgets of one host that are used up in a month.

    `with_own`: cards with a budget of their own; `tokens`: those of them that have used it up; `groups`: with a joint
    budget that is used up; `members`: the cards of a group that have used up what it allows each.
    """

    with_own: frozenset[int] = frozenset()
    tokens: frozenset[int] = frozenset()
    groups: frozenset[int] = frozenset()
    members: Mapping[int, frozenset[int]] = field(default_factory=dict)

    def closes_group(self, group_pk: int, token_pk: int) -> bool:
        """Whether the group lets this card in no more this month."""
        if token_pk in self.with_own:
            return token_pk in self.tokens
        return group_pk in self.groups or token_pk in self.members.get(group_pk, frozenset())


NONE_EXHAUSTED: Final = ExhaustedBudgets()


def find_by_charger(chargers: Collection[Charger], *, now: datetime) -> dict[int, ExhaustedBudgets]:
    """Returns the used-up budgets at each charger (with its property), by the calendar of its property.

    One query; two or three more for each host with a budget.
    """
    hosts = {charger.property.host_id for charger in chargers}
    budgets = load_by_host(hosts)
    exhausted: dict[tuple[int, date], ExhaustedBudgets] = {}
    by_charger = dict[int, ExhaustedBudgets]()
    for charger in chargers:
        if of_host := budgets.get(charger.property.host_id):
            key = charger.property.host_id, use_sums.find_month(now, charger.property.time_zone)
            if key not in exhausted:
                exhausted[key] = find_at_host(*key, of_host, now=now)
            by_charger[charger.pk] = exhausted[key]
    return by_charger


def load_by_host(hosts: Collection[int]) -> dict[int, list[Budget]]:
    """Returns the budgets of each host that has one. One query."""
    by_host = defaultdict[int, list[Budget]](list)
    for budget in Budget.objects.filter(host__in=hosts):
        by_host[budget.host_id].append(budget)
    return by_host


def find_at_host(host_id: int, month: date, budgets: Collection[Budget], *, now: datetime) -> ExhaustedBudgets:
    """Returns those of the host's budgets that are used up in the month. At most two queries beside amounts."""
    own = {budget.token_id: budget for budget in budgets if budget.token_id}
    joint = {budget.group_id: budget for budget in budgets if budget.group_id and budget.scope == Scope.GROUP}
    each = {budget.group_id: budget for budget in budgets if budget.group_id and budget.scope == Scope.CARD}
    members = defaultdict[int, list[int]](list)
    rows = Token.groups.through._default_manager.filter(tokengroup__in=each)
    for group_pk, token_pk in rows.values_list("tokengroup_id", "token_id") if each else ():
        members[group_pk].append(token_pk)
    use = sum_use(host_id, month, budgets, tokens=[pk for pks in members.values() for pk in pks], now=now)

    def is_used_up(budget: Budget, token_pk: int = 0) -> bool:
        return build_facts(budget, use, token_pk=token_pk, month=month).is_used_up

    return ExhaustedBudgets(
        with_own=frozenset(own),
        tokens=frozenset(pk for pk, budget in own.items() if is_used_up(budget, pk)),
        groups=frozenset(pk for pk, budget in joint.items() if is_used_up(budget)),
        members={
            group_pk: frozenset(pk for pk in members[group_pk] if is_used_up(budget, pk))
            for group_pk, budget in each.items()
        },
    )


def build_facts(budget: Budget, use: MonthUse, *, token_pk: int, month: date) -> BudgetFacts:
    """Returns the budget with its use: of the card, or of the group where its cards share it."""
    is_joint = budget.scope == Scope.GROUP
    of_owner = use.of_group(budget.group_id) if is_joint and budget.group_id else use.of_token(token_pk)
    return BudgetFacts(
        month=month,
        limit=budget.limit,
        used=of_owner.amount(budget.currency),
        currency=budget.currency,
        decimals=use_sums.decimals(budget.currency),
        is_joint=is_joint,
        stops_sessions=budget.stops_sessions,
    )


def sum_use(host_id: int, month: date, budgets: Iterable[Budget], *, tokens: Iterable[int], now: datetime) -> MonthUse:
    """Sums what these cards, the cards with a budget of their own, and groups with a joint budget have used."""
    limits = list(budgets)
    question = UseQuestion(
        host_id=host_id,
        month=month,
        now=now,
        tokens=frozenset([*tokens, *(budget.token_id for budget in limits if budget.token_id)]),
        groups=frozenset(b.group_id for b in limits if b.group_id and b.scope == Scope.GROUP),
        currencies=frozenset(budget.currency for budget in limits if budget.currency),
    )
    return use_sums.sum_use(question)
