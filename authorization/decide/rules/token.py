"""Steps about the token: provider, flags, other sessions, groups, stays, contracts. Pure."""

import functools
from collections.abc import Callable
from datetime import timedelta

from authorization.decide.facts import (
    DecisionFacts,
    GroupFacts,
    Kind,
    OpenTransaction,
    OrderedBy,
    OrderedStart,
    ProviderFacts,
    ReimbursementFacts,
    Request,
    StayFacts,
    TokenFacts,
)
from authorization.decide.reasons import links
from authorization.decide.rules.wording import card, describe_connector, format_local_time, join_quoted, provider_name
from authorization.decide.trace import Finding, StepOutcome, failed, passed, skipped
from authorization.identifiers import uids

CLOCK_TOLERANCE = timedelta(seconds=60)
"""How far a charger's start time may lie before the order that caused it."""


def msp_not_blocked(request: Request, facts: DecisionFacts) -> Finding:
    provider = facts.roaming.provider if facts.roaming else None
    if provider is None:
        return skipped("No mobility provider has sent us this card." if request.uid else "No card was presented.")
    if provider.blocked:
        because = f": {provider.blocked_reason}" if provider.blocked_reason else ""
        return failed(
            f"{provider.name} ({provider.key}), which issued this card, is blocked by "
            f"{_blocker(provider, facts)}{because}.",
            link=links.PROVIDERS,
            msp=provider.key,
            blocked_by=provider.blocked_by or "support",
        )
    return passed(
        f"{provider.name} ({provider.key}), which issued this card, is not blocked.",
        link=links.PROVIDERS,
        msp=provider.key,
    )


def _blocker(provider: ProviderFacts, facts: DecisionFacts) -> str:
    """Returns who blocked it, such as "Sunset Stays on 3 May 2026" (the property's date), or support for all hosts."""
    if not provider.blocked_by:
        return "support for all hosts"
    date_suffix = f" on {facts.property.local(provider.blocked_at):%-d %b %Y}" if provider.blocked_at else ""
    return f"{provider.blocked_by}{date_suffix}"


def token_in_order(request: Request, facts: DecisionFacts) -> Finding:
    """Checks that the token is valid. The host's own entry overrides the provider's at the host's chargers."""
    token = facts.own or facts.roaming
    if token is None:
        return skipped(f"{card(request, facts)} is in no list." if request.uid else "No card was presented.")
    link = links.token(token.uid) if facts.own else links.roaming_token(token.uid)
    name = card(request, facts)
    listing = "the host's own tokens" if facts.own else f"the list of {provider_name(token)}"
    if token.blocked:
        because = f": {token.blocked_reason}" if token.blocked_reason else ""
        return failed(f"{name} is blocked in {listing}{because}.", link=link, blocked=True)
    if token.expires_at is not None and token.is_expired(request.at):
        return failed(
            f"{name} expired on {format_local_time(token.expires_at, facts)}.",
            link=link,
            expires_at=str(token.expires_at),
        )
    if provider_decides(request, facts):
        sentence = (
            f"{name} is not valid in {listing}, but by its policy {token.whitelist} the provider has the last word."
        )
        return passed(sentence, link=link, valid=False)
    if not token.valid:
        return failed(f"{name} is in {listing}, but its box “valid” is not ticked.", link=link, valid=False)
    return passed(f"{name} is in {listing}: valid, not blocked, not expired.", link=link)


def provider_decides(request: Request, facts: DecisionFacts) -> bool:
    """Whether only the provider's own answer can let this card in, because it is not valid in our copy.

    Only under the policies NEVER and ALLOWED_OFFLINE, and only where the provider can be asked, since a remote start
    does not wait for it.
    """
    token = facts.roaming
    if facts.own is not None or token is None or token.valid or facts.live is None:
        return False
    return request.kind in {Kind.AUTHORIZE, Kind.START} and token.provider_may_be_asked(request.at)


def _unless_provider_decides(
    rule: Callable[[Request, DecisionFacts], Finding],
) -> Callable[[Request, DecisionFacts], Finding]:
    """Skips a grant for a card that is not valid in our copy, because only its provider's answer can let it in."""

    @functools.wraps(rule)
    def guarded(request: Request, facts: DecisionFacts) -> Finding:
        token = facts.roaming
        if token is not None and provider_decides(request, facts):
            return skipped(f"The card is not valid in our copy: {provider_name(token)} decides.")
        return rule(request, facts)

    return guarded


def not_charging_elsewhere(request: Request, facts: DecisionFacts) -> Finding:
    if request.kind not in {Kind.START, Kind.REMOTE_START}:
        return skipped("Asked only when a session starts.")
    if not request.canonical_uid:
        return skipped("No card was presented.")
    other = charging_elsewhere(request, facts)
    if other is None:
        return passed(f"{card(request, facts)} is not charging anywhere else.")
    link = links.charger_messages(other.charger_id)
    token = facts.own or facts.roaming
    if token is not None and token.may_charge_concurrently:
        return passed(
            f"{card(request, facts)} is charging at {describe_connector(other)}, and may do so at several places.",
            link=link,
        )
    return failed(
        f"{card(request, facts)} is already charging at {describe_connector(other)} "
        f"since {format_local_time(other.started_at, facts)}.",
        link=link,
        transaction=other.transaction_id,
    )


@_unless_provider_decides
def start_ordered(request: Request, facts: DecisionFacts) -> Finding:
    if request.kind is Kind.REMOTE_START and request.ordered_by in {OrderedBy.PORTAL, OrderedBy.AGENT}:
        orderer = "A support agent" if request.ordered_by is OrderedBy.AGENT else "The host's own people"
        return passed(f"{orderer} ordered this start, for whomever they like.")
    if request.kind not in {Kind.AUTHORIZE, Kind.START}:
        return skipped("This is the order itself.")
    order = facts.ordered_start
    if order is None or order.canonical_uid != request.canonical_uid:
        return failed(f"{card(request, facts)} has no start that was ordered for it here.")
    if None not in {order.evse_number, request.evse_number} and order.evse_number != request.evse_number:
        return failed(
            f"{order.ordered_by} ordered a start at connector {order.evse_number}, not {request.evse_number}."
        )
    ordered = passed(f"{order.ordered_by} ordered this start at {format_local_time(order.ordered_at, facts)}.")
    if order.is_single_use or _was_ordered_in_force(request, order):
        return ordered
    if request.at >= order.expires_at:
        return failed(
            f"{order.ordered_by} ordered a start, which was good until {format_local_time(order.expires_at, facts)}."
        )
    if request.at < order.ordered_at - CLOCK_TOLERANCE:
        return failed(
            f"{order.ordered_by} ordered a start only later, at {format_local_time(order.ordered_at, facts)}."
        )
    return ordered


def _was_ordered_in_force(request: Request, order: OrderedStart) -> bool:
    """Whether the order was in force, by our clock, because a charger's may be minutes off."""
    return request.received_at is not None and order.ordered_at <= request.received_at < order.expires_at


def autocharge_enabled(request: Request, facts: DecisionFacts) -> Finding:
    if not uids.is_vehicle(request.canonical_uid):
        return skipped("No car named itself.")
    if facts.autocharge is None:
        return skipped("Autocharge is not set up.")
    if facts.autocharge.enabled:
        return _autocharge(request, facts, driver=facts.autocharge.driver)
    if facts.autocharge.is_known:
        return failed(
            f"Vehicle {request.uid} is known, but its driver has not agreed to autocharge yet.", link=links.AUTOCHARGE
        )
    return failed(f"Vehicle {request.uid} is not enabled for autocharge.", link=links.AUTOCHARGE)


def _autocharge(request: Request, facts: DecisionFacts, *, driver: str) -> Finding:
    """Lets a car in where its paying card is let in, and nowhere else."""
    enabled = f"Vehicle {request.uid} is enabled for autocharge by {driver}"
    if facts.own is None:
        return passed(f"{enabled}.", link=links.AUTOCHARGE)
    for door in (local_group(request, facts), stay(request, facts)):
        if door.outcome is StepOutcome.PASSED:
            return passed(f"{enabled}. {door.sentence} It pays.", link=links.AUTOCHARGE, card=facts.own.uid)
    return failed(f"{enabled}, but the card that pays for it is not let in here.", link=links.AUTOCHARGE)


@_unless_provider_decides
def local_group(request: Request, facts: DecisionFacts) -> Finding:
    tokens = [token for token in (facts.own, facts.roaming) if token is not None]
    if not tokens:
        return (
            failed(f"{card(request, facts)} is in no local group.")
            if request.uid
            else skipped("No card was presented.")
        )
    for grant in (grant for token in tokens for grant in token.grants if grant.is_open(request.at)):
        return passed(
            f"{card(request, facts)} was granted {grant.grants_access_to} directly.", link=links.token(request.uid)
        )
    open_groups = find_open_groups(request, facts)
    for group in (group for group in open_groups if not group.is_used_up):
        return passed(
            f"{card(request, facts)} is in group '{group.name}', which opens {group.grants_access_to}.",
            link=links.group(group.slug),
            group=group.slug,
        )
    for group in open_groups:
        return failed(
            f"Group '{group.name}' opens {group.grants_access_to}, but its budget of this month is used up.",
            link=links.group(group.slug),
        )
    groups = [group for token in tokens for group in token.groups]
    groups_for_charger = [group for group in groups if group.grants_access_to]
    return _closed_group(request, facts, groups_for_charger=groups_for_charger, groups=groups)


def find_open_groups(request: Request, facts: DecisionFacts) -> list[GroupFacts]:
    """Returns the card's groups that open this charger now."""
    local = facts.property.local(request.at)
    return [
        group
        for token in (facts.own, facts.roaming)
        if token is not None
        for group in token.groups
        if group.grants_access_to and group.enabled and group.is_open(at=request.at, local=local)
    ]


@_unless_provider_decides
def stay(request: Request, facts: DecisionFacts) -> Finding:
    if not facts.stays:
        return skipped("No stay belongs to this card." if request.uid else "No stay belongs to this guest.")
    link = links.stays(request.uid)
    for stay_facts in facts.stays:
        if stay_includes_charger(stay_facts, facts) and stay_facts.is_current(request.at):
            until = format_local_time(stay_facts.departs_at, facts)
            return passed(
                f"Stay {stay_facts.reference} in {stay_facts.location} includes this charger until {until}.",
                link=link,
            )
    nearby_stay = next((candidate for candidate in facts.stays if stay_includes_charger(candidate, facts)), None)
    if nearby_stay is not None:
        description = (
            "was cancelled"
            if nearby_stay.cancelled
            else (
                f"runs from {format_local_time(nearby_stay.arrives_at, facts)} to "
                f"{format_local_time(nearby_stay.departs_at, facts)}"
            )
        )
        return failed(f"Stay {nearby_stay.reference} in {nearby_stay.location} {description}.", link=link)
    other = next((candidate for candidate in facts.stays if candidate.is_current(request.at)), facts.stays[0])
    return failed(f"Stay {other.reference} is for {other.location}, not for this charger.", link=link)


@_unless_provider_decides
def reimbursement(request: Request, facts: DecisionFacts) -> Finding:
    contracts = facts.reimbursement
    if contracts is None:
        return skipped("Reimbursement is not set up.")
    if not request.uid:
        return skipped("No card was presented.")
    token = facts.own or facts.roaming
    if not contracts.contracts and not (token and token.for_reimbursement):
        return skipped(f"{card(request, facts)} is not for reimbursement.")
    link = links.reimbursement(uid=request.uid, charger_id=facts.charger.charger_id)
    for contract in contracts.contracts:
        if contract.covers_charger and contract.is_in_force(request.at):
            return passed(f"Contract '{contract.name}' of {contract.employer} pays for this charger.", link=link)
    return failed(_missing_link(request, facts, contracts), link=link)


def _missing_link(request: Request, facts: DecisionFacts, reimbursement_facts: ReimbursementFacts) -> str:
    """Tells which of the three is missing: the charger in a contract, the dates of one, or the contract itself."""
    name, at = card(request, facts), request.at
    if charger_contract := next(
        (contract for contract in reimbursement_facts.contracts if contract.covers_charger), None
    ):
        description = (
            f"begins only on {format_local_time(charger_contract.active_from, facts)}"
            if charger_contract.active_from is not None and at < charger_contract.active_from
            else f"ended on {format_local_time(charger_contract.active_to, facts)}"
            if charger_contract.active_to is not None
            else "is not in force"
        )
        return (
            f"Contract '{charger_contract.name}' of {charger_contract.employer} links {name} and this charger, but it "
            f"{description}."
        )
    if in_force := next(
        (
            reimbursement_contract
            for reimbursement_contract in reimbursement_facts.contracts
            if reimbursement_contract.is_in_force(at)
        ),
        None,
    ):
        paid = (
            f"pays for {join_quoted(list(in_force.chargers))}" if in_force.chargers else "is linked to no charger yet"
        )
        return (
            f"Contract '{in_force.name}' of {in_force.employer} {paid}; the link to this charger "
            f"({facts.charger.station_id or facts.charger.charger_id}) is missing."
        )
    return f"{name} is for reimbursement, but no contract in force links it to a charger."


def stay_includes_charger(stay_facts: StayFacts, facts: DecisionFacts) -> bool:
    """Whether a stay includes this charger: a charger of its unit, a shared one, or any of the property."""
    if stay_facts.property_slug != facts.property.slug:
        return False
    return not stay_facts.unit_slug or not facts.charger.unit_slug or stay_facts.unit_slug == facts.charger.unit_slug


def charging_elsewhere(request: Request, facts: DecisionFacts) -> OpenTransaction | None:
    """Returns an open transaction of this token at another connector.

    A start at the same connector is the same start again.
    """

    def is_here(transaction: OpenTransaction) -> bool:
        return (
            transaction.charger_id == facts.charger.charger_id
            and request.evse_number is not None
            and transaction.evse_number in {None, request.evse_number}
        )

    own_transactions = (t for t in facts.open_transactions if t.canonical_uid == request.canonical_uid)
    return next((t for t in own_transactions if not is_here(t)), None)


def _closed_group(
    request: Request, facts: DecisionFacts, *, groups_for_charger: list[GroupFacts], groups: list[GroupFacts]
) -> Finding:
    """Explains why none of the card's groups opens this charger now, the nearest miss first."""
    name, charger_id = card(request, facts), facts.charger.charger_id
    disabled_group = next((group for group in groups_for_charger if not group.enabled), None)
    if disabled_group is not None:
        return failed(
            f"Group '{disabled_group.name}' would open {disabled_group.grants_access_to}, but it is switched off.",
            link=links.group(disabled_group.slug),
        )
    if groups_for_charger:
        group = groups_for_charger[0]
        return failed(
            f"Group '{group.name}' opens {group.grants_access_to} only {_opening(group, facts)}; "
            f"it was {format_local_time(request.at, facts)} there.",
            link=links.group(group.slug),
        )
    add = _way_to_add(request, facts)
    if _grants_ended(facts):
        return failed(f"{name} was granted this charger directly, but not for this date.", link=add)
    if groups:
        reach = "which does not open" if len(groups) == 1 else "none of which opens"
        return failed(f"{name} is in {join_quoted([g.name for g in groups])}, {reach} charger {charger_id}.", link=add)
    return failed(f"{name} is in no local group that opens charger {charger_id}.", link=add)


def _way_to_add(request: Request, facts: DecisionFacts) -> str:
    """Returns the form that whitelists the card; for a car, the card that pays for it."""
    uid = request.uid
    if uids.is_vehicle(request.canonical_uid):
        uid = facts.autocharge.card if facts.autocharge else ""
    return links.add_token(uid=uid, charger_id=facts.charger.charger_id) if uid else links.AUTOCHARGE


def _grants_ended(facts: DecisionFacts) -> bool:
    tokens: list[TokenFacts] = [token for token in (facts.own, facts.roaming) if token is not None]
    return any(token.grants for token in tokens)


def _opening(group: GroupFacts, facts: DecisionFacts) -> str:
    parts = ["; ".join(str(window) for window in group.schedule)] if group.schedule else []
    parts += [f"from {format_local_time(group.active_from, facts)}"] if group.active_from else []
    parts += [f"until {format_local_time(group.active_to, facts)}"] if group.active_to else []
    return ", ".join(parts)
