"""The step about what a card may use in a month. Pure."""

from dataclasses import dataclass, replace

from authorization.decide.facts import BudgetFacts, DecisionFacts, GroupFacts, Request, TokenFacts
from authorization.decide.reasons import links
from authorization.decide.rules import token
from authorization.decide.rules.wording import card
from authorization.decide.trace import Finding, StepOutcome, Value, Values, failed, passed, skipped


@dataclass(frozen=True, slots=True)
class _Allowance:
    """The budgets of a card, or of a group that lets it in; of several, each must have something left."""

    budgets: tuple[BudgetFacts, ...]
    group: GroupFacts | None = None

    @property
    def exhausted_budget(self) -> BudgetFacts | None:
        return next((limit for limit in self.budgets if limit.is_used_up), None)


def budget(request: Request, facts: DecisionFacts) -> Finding:
    """Refuses a card whose own budget is used up; without one, if those of all groups that let it in here are.

    The groups' budgets limit only what these groups let in: no direct grant, stay or contract.
    """
    if not request.uid:
        return skipped("No card was presented.")
    if not any(token_facts.budget or any(g.budgets for g in token_facts.groups) for token_facts in _tokens(facts)):
        return skipped("No budget is set for this card.")
    allowances = _find_allowances(request, facts)
    if not allowances:
        return skipped("No budget limits this card here.")
    for allowance in allowances:
        if allowance.exhausted_budget is None:
            limit = allowance.budgets[0]
            sentence = _describe_use(allowance, limit, request=request, facts=facts)
            return replace(passed(sentence, link=_link(allowance, facts)), values=_values(allowance, limit))
    first, limit = allowances[0], allowances[0].exhausted_budget or allowances[0].budgets[0]
    sentence = _describe_exhaustion(first, limit, request=request, facts=facts)
    if len(allowances) > 1:
        sentence += " The budgets of its other groups here are used up as well."
    if _is_let_in_otherwise(request, facts):
        return skipped(f"{sentence} But something else lets it in here.")
    return replace(failed(sentence, link=_link(first, facts)), values=_values(first, limit))


def find_exhausted_budgets(request: Request, facts: DecisionFacts) -> tuple[BudgetFacts, ...]:
    """Returns the budgets because of which `budget` refuses the card; empty if it does not."""
    exhausted = [allowance.exhausted_budget for allowance in _find_allowances(request, facts)]
    if None in exhausted or _is_let_in_otherwise(request, facts):
        return ()
    return tuple(limit for limit in exhausted if limit is not None)


def _find_allowances(request: Request, facts: DecisionFacts) -> list[_Allowance]:
    """Returns the budgets of which at least one must not be used up; empty if none limits the card here."""
    if facts.own is not None and facts.own.budget is not None:
        return [_Allowance((facts.own.budget,))]
    groups = token.find_open_groups(request, facts)
    if any(not group.budgets for group in groups) or token.provider_decides(request, facts):
        return []
    return [_Allowance(group.budgets, group) for group in groups]


def _is_let_in_otherwise(request: Request, facts: DecisionFacts) -> bool:
    """Whether a direct grant, a stay or a contract lets in a card without a budget of its own."""
    if facts.own is not None and facts.own.budget is not None:
        return False
    if any(grant.is_open(request.at) for token_facts in _tokens(facts) for grant in token_facts.grants):
        return True
    return StepOutcome.PASSED in {token.stay(request, facts).outcome, token.reimbursement(request, facts).outcome}


def _describe_use(allowance: _Allowance, limit: BudgetFacts, *, request: Request, facts: DecisionFacts) -> str:
    name, month = card(request, facts), f"{limit.month:%B %Y}"
    if allowance.group is None:
        return f"{name} has used {limit} in {month}."
    if limit.is_joint:
        return f"The cards of group '{allowance.group.name}' have used {limit} in {month}."
    return f"{name} has used {limit} in {month}, which group '{allowance.group.name}' allows each of its cards."


def _describe_exhaustion(allowance: _Allowance, limit: BudgetFacts, *, request: Request, facts: DecisionFacts) -> str:
    name, month = card(request, facts), f"{limit.month:%B %Y}"
    if allowance.group is None:
        return f"{name} has used up its budget: {limit} in {month}."
    if limit.is_joint:
        return f"The cards of group '{allowance.group.name}' have used up their budget: {limit} in {month}."
    return f"{name} has used up what group '{allowance.group.name}' allows each of its cards: {limit} in {month}."


def _link(allowance: _Allowance, facts: DecisionFacts) -> str:
    if allowance.group is not None:
        return links.group(allowance.group.slug)
    return links.token(facts.own.uid) if facts.own else ""


def _values(allowance: _Allowance, limit: BudgetFacts) -> Values:
    """Returns what the trace stores: the use, the limit and the month."""
    unit = "minor" if limit.currency else "wh"
    values: dict[str, Value] = {
        f"used_{unit}": limit.used,
        f"limit_{unit}": limit.limit,
        "month": f"{limit.month:%Y-%m}",
    }
    values |= {"currency": limit.currency} if limit.currency else {}
    values |= {"group": allowance.group.slug} if allowance.group else {}
    return tuple(values.items())


def _tokens(facts: DecisionFacts) -> list[TokenFacts]:
    return [token_facts for token_facts in (facts.own, facts.roaming) if token_facts is not None]
