"""Changes one or more facts of a decision to see what would happen ("what if"). Pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from authorization.decide.facts import (
    Access,
    DecisionFacts,
    GroupFacts,
    LicenceFacts,
    ProviderFacts,
    ReimbursementContract,
    ReimbursementFacts,
    TokenFacts,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """Assumptions of a dry run; None or False leaves the stored fact unchanged.

    `group`: the name of a local group that opens the charger and that the card is put into. `employer`: whose
    reimbursement contract links the card and the charger.
    """

    access: Access | None = None
    configured: bool | None = None
    licensed: bool | None = None
    group: str = ""
    employer: str = ""
    card_in_order: bool = False
    msp_blocked: bool | None = None

    @property
    def is_nothing(self) -> bool:
        return self == WhatIf()


def apply(facts: DecisionFacts, assumptions: WhatIf, *, uid: str) -> DecisionFacts:
    """Returns the facts with the assumptions applied."""
    own, roaming = facts.own, facts.roaming
    if assumptions.card_in_order:
        own, roaming = _clear_restrictions(own), _clear_restrictions(roaming)
    if assumptions.msp_blocked is not None and roaming and roaming.provider:
        roaming = replace(roaming, provider=_set_provider_block(roaming.provider, is_blocked=assumptions.msp_blocked))
    if assumptions.group:
        what_if_group = GroupFacts(slug="supposed", name=assumptions.group, grants_access_to=facts.charger.charger_id)
        own = replace(own or TokenFacts(uid=uid), groups=((*own.groups, what_if_group) if own else (what_if_group,)))
    if assumptions.employer:
        contract = ReimbursementContract(name="supposed", employer=assumptions.employer, covers_charger=True)
        facts = replace(facts, reimbursement=ReimbursementFacts(contracts=(contract,)))
    if assumptions.access is not None:
        facts = replace(facts, property=replace(facts.property, access=assumptions.access))
    if assumptions.configured is not None:
        facts = replace(facts, charger=replace(facts.charger, configured=assumptions.configured))
    if assumptions.licensed is not None:
        facts = replace(facts, licence=LicenceFacts(active=assumptions.licensed))
    return replace(facts, own=own, roaming=roaming)


def _clear_restrictions(token: TokenFacts | None) -> TokenFacts | None:
    forever: datetime | None = None
    return token and replace(token, valid=True, blocked=False, blocked_reason="", expires_at=forever)


def _set_provider_block(provider: ProviderFacts, *, is_blocked: bool) -> ProviderFacts:
    return replace(provider, blocked=True) if is_blocked else ProviderFacts(key=provider.key, name=provider.name)
