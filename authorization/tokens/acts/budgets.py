"""Acts on budgets: set or remove that of a card, or of a local group for each card or for all together."""

from datetime import datetime
from typing import Final

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, Budget, Token, TokenGroup, User
from authorization.people import access
from authorization.people.roles import Right
from authorization.tokens import budgets, revocation
from authorization.tokens.budgets import BudgetTerms, Scope
from chargers.local_lists import list_state
from chargers.models import Host

_MAX_COMPARED: Final = 50
"""How many cards of a group are compared: one that a lower budget refuses is enough to clear a charger's cache."""


def set_for_card(token: Token, terms: BudgetTerms, *, by: User | ApiKey, now: datetime) -> Budget:
    """Sets what the card may use each month. Raises NotAllowedError, also for a provider's card."""
    return _store(token, Scope.CARD, terms, by=by, now=now)


def set_for_group(
    group: TokenGroup, scope: Budget.Scope, terms: BudgetTerms, *, by: User | ApiKey, now: datetime
) -> Budget:
    """Sets what each of the group's cards, or all of them together, may use each month. Raises NotAllowedError."""
    return _store(group, scope, terms, by=by, now=now)


def remove_from_card(token: Token, *, by: User | ApiKey, now: datetime) -> bool:
    """Removes the card's own budget. Returns False if it had none. Raises NotAllowedError."""
    return _remove(token, Scope.CARD, by=by, now=now)


def remove_from_group(group: TokenGroup, scope: Budget.Scope, *, by: User | ApiKey, now: datetime) -> bool:
    """Removes the group's budget of that scope. Returns False if it had none. Raises NotAllowedError."""
    return _remove(group, scope, by=by, now=now)


def _store(
    owner: Token | TokenGroup, scope: Budget.Scope, terms: BudgetTerms, *, by: User | ApiKey, now: datetime
) -> Budget:
    host = _get_managed_host(owner, by=by)
    cards = [owner] if isinstance(owner, Token) else list(owner.tokens.all()[:_MAX_COMPARED])
    with transaction.atomic(), revocation.clear_revoked_caches(cards, host=host, now=now):
        before = budgets.find(owner, scope)
        budget = budgets.store_for(owner, scope, terms)
        audit.write(
            f"{_kind(owner)}.budget_set",
            _subject(owner),
            user=by,
            now=now,
            before=_audit_values(before) if before else None,
            after=_audit_values(budget),
        )
    return budget


def _remove(owner: Token | TokenGroup, scope: Budget.Scope, *, by: User | ApiKey, now: datetime) -> bool:
    host = _get_managed_host(owner, by=by)
    with transaction.atomic():
        budget = budgets.find(owner, scope)
        if budget is None:
            return False
        before = _audit_values(budget)
        budget.delete()
        list_state.mark_host_due(host)
        audit.write(f"{_kind(owner)}.budget_removed", _subject(owner), user=by, now=now, before=before)
    return True


def _audit_values(budget: Budget) -> dict[str, object]:
    """Returns all of the budget's values, for the audit trail."""
    return {
        "scope": budget.scope,
        "limit_wh": budget.limit_wh,
        "limit_minor": budget.limit_minor,
        "currency": budget.currency,
        "stops_sessions": budget.stops_sessions,
    }


def _get_managed_host(owner: Token | TokenGroup, *, by: User | ApiKey) -> Host:
    if owner.host is None:
        raise access.NotAllowedError
    access.require(by, Right.MANAGE, owner.host)
    return owner.host


def _kind(owner: Token | TokenGroup) -> str:
    return "token" if isinstance(owner, Token) else "token_group"


def _subject(owner: Token | TokenGroup) -> audit.Subject:
    label = owner.uid if isinstance(owner, Token) else owner.name
    return audit.Subject(_kind(owner), owner.pk, label, owner.host)
