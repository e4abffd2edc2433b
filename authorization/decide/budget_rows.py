"""Turns the budgets in loaded rows, with what was used of them, into facts of a card."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from authorization.decide import budgets
from authorization.decide.budgets import MonthUse, Use, UseQuestion
from authorization.decide.facts import BudgetFacts, Request, TokenFacts
from authorization.decide.queries import Row

_JOINT = "group"


def list_budgets(token: Row) -> list[Row]:
    """Returns the budgets that count for a card: its own, or those of its groups."""
    if token["budget"]:
        return [token["budget"]]
    return [row for group in token["groups"] or [] for row in group["budgets"] or []]


def build_question(tokens: Sequence[Row], *, request: Request, host_id: int, month: date) -> UseQuestion:
    """Returns the question what these cards, and the groups with a joint budget, have used in the month."""
    groups = [group for token in tokens if not token["budget"] for group in token["groups"] or []]
    rows = [row for token in tokens for row in list_budgets(token)]
    return UseQuestion(
        host_id=host_id,
        month=month,
        now=request.received_at or request.at,
        tokens=frozenset(token["id"] for token in tokens if any(not _is_joint(row) for row in list_budgets(token))),
        groups=frozenset(group["id"] for group in groups if any(_is_joint(row) for row in group["budgets"] or [])),
        currencies=frozenset(row["currency"] for row in rows if row["currency"]),
        began_by=request.at if request.late else None,
    )


def add_budgets(token: TokenFacts | None, row: Row | None, *, use: MonthUse, month: date) -> TokenFacts | None:
    """Returns the card with its own budget, or with those of its groups, which are in the order of the row."""
    if token is None or row is None:
        return token
    of_card = use.of_token(row["id"])
    if row["budget"]:
        return replace(token, budget=_build_budget(row["budget"], use=of_card, month=month))
    groups = tuple(
        replace(
            group,
            budgets=tuple(
                _build_budget(budget, use=use.of_group(group_row["id"]) if _is_joint(budget) else of_card, month=month)
                for budget in group_row["budgets"] or []
            ),
        )
        for group, group_row in zip(token.groups, row["groups"] or [], strict=True)
    )
    return replace(token, groups=groups)


def _build_budget(row: Row, *, use: Use, month: date) -> BudgetFacts:
    currency = row["currency"]
    return BudgetFacts(
        month=month,
        limit=row["limit"],
        used=use.amount(currency),
        currency=currency,
        decimals=budgets.decimals(currency),
        is_joint=_is_joint(row),
        stops_sessions=row["stops_sessions"],
    )


def _is_joint(row: Row) -> bool:
    return bool(row["scope"] == _JOINT)
