"""Budgets of a host's cards and groups: set, removed, what is left of each this month, and which are used up."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q

from authorization.decide import budgets as use_sums
from authorization.decide.facts import BudgetFacts
from authorization.models import Budget, Token, TokenGroup
from authorization.tokens import exhausted_budgets
from chargers.models import Host
from chargers.properties import time_zones

Scope = Budget.Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetTerms:
    """What a budget allows in a month: Wh, or minor units of the host's currency."""

    limit_wh: int | None = None
    limit_minor: int | None = None
    stops_sessions: bool = False


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """A budget, and what was used of it in a month."""

    budget: Budget
    facts: BudgetFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupBudgets:
    """The budgets of a group in a month: that of each card, and the joint one with its use.

    `by_token`: the budget that counts for each card, which may be its own.
    """

    month: date | None = None
    each: Budget | None = None
    joint: BudgetUse | None = None
    by_token: Mapping[int, BudgetUse] = field(default_factory=dict)

    @property
    def has_amounts(self) -> bool:
        """Whether any of them limits money."""
        uses = [*self.by_token.values(), *([self.joint] if self.joint else [])]
        return bool(self.each and self.each.currency) or any(use.facts.currency for use in uses)

    @property
    def exhausted_count(self) -> int:
        """Returns how many cards have used up what they may."""
        return sum(use.facts.is_used_up for use in self.by_token.values())


def store_for(owner: Token | TokenGroup, scope: Budget.Scope, terms: BudgetTerms) -> Budget:
    """Stores the budget of a card or group in place of an earlier one. `owner` must have a host."""
    assert owner.host is not None
    key = {"token": owner} if isinstance(owner, Token) else {"group": owner, "scope": scope}
    values = {
        "host": owner.host,
        "limit_wh": terms.limit_wh,
        "limit_minor": terms.limit_minor,
        "currency": "" if terms.limit_minor is None else owner.host.currency,
        "stops_sessions": terms.stops_sessions,
    }
    return Budget.objects.update_or_create(**key, defaults=values)[0]


def find(owner: Token | TokenGroup, scope: Budget.Scope = Scope.CARD) -> Budget | None:
    """Returns the budget of a card, or of a group in that scope."""
    budgets = Budget.objects.filter(token=owner) if isinstance(owner, Token) else owner.budgets.filter(scope=scope)
    return budgets.first()


def load_for_card(token: Token, *, groups: Iterable[TokenGroup], now: datetime) -> list[BudgetUse]:
    """Returns the card's own budget, or those of these groups of it, with what is used this month.

    One query, and some more for each host with one.
    """
    of_card = Budget.objects.filter(Q(token=token) | Q(group__in=groups)).select_related("group", "host")
    budgets = sorted(of_card, key=lambda each: (each.group.name if each.group else "", each.scope))
    own = [budget for budget in budgets if budget.token_id]
    by_host = defaultdict[Host, list[Budget]](list)
    for budget in own or budgets:
        by_host[budget.host].append(budget)
    return [use for host, of_host in by_host.items() for use in _load(host, of_host, token=token, now=now)]


def _load(host: Host, budgets: Collection[Budget], *, token: Token, now: datetime) -> list[BudgetUse]:
    month = find_month_of_host(host, now=now)
    use = exhausted_budgets.sum_use(host.pk, month, budgets, tokens=[token.pk], now=now)
    return [
        BudgetUse(budget, exhausted_budgets.build_facts(budget, use, token_pk=token.pk, month=month))
        for budget in budgets
    ]


def load_for_driver(token: Token, *, now: datetime) -> list[BudgetUse]:
    """Returns the budgets that limit the host's card; none where an enabled group of it has no budget."""
    groups = list(token.groups.filter(enabled=True))
    uses = load_for_card(token, groups=groups, now=now)
    limited = {use.budget.group_id for use in uses}
    has_own = any(use.budget.token_id for use in uses)
    return uses if has_own or all(group.pk in limited for group in groups) else []


def load_for_group(group: TokenGroup, *, now: datetime) -> GroupBudgets:
    """Returns the group's budgets with what is used this month. Four queries; one for a group without a budget."""
    budgets = {Scope(budget.scope): budget for budget in group.budgets.all()}
    if not budgets:
        return GroupBudgets()
    each, joint = budgets.get(Scope.CARD), budgets.get(Scope.GROUP)
    own = {budget.token_id: budget for budget in Budget.objects.filter(token__groups=group)} if each else {}
    tokens = list(group.tokens.values_list("pk", flat=True)) if each else []
    month = find_month_of_host(group.host, now=now)
    use = exhausted_budgets.sum_use(group.host_id, month, [*budgets.values(), *own.values()], tokens=tokens, now=now)
    return GroupBudgets(
        month=month,
        each=each,
        joint=BudgetUse(joint, exhausted_budgets.build_facts(joint, use, token_pk=0, month=month)) if joint else None,
        by_token={
            pk: BudgetUse(limit, exhausted_budgets.build_facts(limit, use, token_pk=pk, month=month))
            for pk, limit in ((pk, own.get(pk, each)) for pk in tokens)
            if limit is not None
        },
    )


def find_month_of_host(host: Host, *, now: datetime) -> date:
    """Returns the first day of this month, in the zone of the host's properties. One query."""
    return use_sums.find_month(now, time_zones.of_host(host))


def find_exhausted_cards(hosts: Collection[Host], *, now: datetime) -> set[int]:
    """Returns the cards that have used up their own budget, or those of all their enabled groups.

    Three queries; two or three more for each host with a budget.
    """
    zones, budgets = time_zones.of_hosts(hosts), exhausted_budgets.load_by_host({host.pk for host in hosts})
    cards = set[int]()
    for host_id, of_host in budgets.items():
        exhausted = exhausted_budgets.find_at_host(host_id, use_sums.find_month(now, zones[host_id]), of_host, now=now)
        memberships = Token.groups.through._default_manager.filter(tokengroup__host=host_id, tokengroup__enabled=True)
        groups = defaultdict[int, list[int]](list)
        for token_pk, group_pk in memberships.values_list("token_id", "tokengroup_id"):
            groups[token_pk].append(group_pk)
        cards |= exhausted.tokens
        cards |= {pk for pk, own in groups.items() if all(exhausted.closes_group(group, pk) for group in own)}
    return cards
