"""How the rules' sentences name cards, times and providers. Pure."""

from datetime import datetime

from authorization.decide.facts import DecisionFacts, OpenTransaction, Request, TokenFacts


def card(request: Request, facts: DecisionFacts) -> str:
    """Returns "Card 04A1B2C3D4", with the printed number if known; "This guest" without a card.

    For a car that may start by itself, it names the card that pays.
    """
    if not request.canonical_uid:
        return f"Card “{request.uid}”" if request.uid else "This guest"
    token = facts.own or facts.roaming
    uid = facts.autocharge.card if facts.autocharge and facts.autocharge.card else request.uid
    printed = f" ({token.visual_number})" if token and token.visual_number else ""
    return f"Card {uid}{printed}"


def format_local_time(at: datetime, facts: DecisionFacts) -> str:
    """Returns the moment in the property's local time."""
    return f"{facts.property.local(at):%Y-%m-%d %H:%M}"


def describe_connector(transaction: OpenTransaction) -> str:
    connector = f", connector {transaction.evse_number}" if transaction.evse_number is not None else ""
    return f"charger {transaction.charger_id}{connector}"


def provider_name(token: TokenFacts) -> str:
    """Returns the provider of a roaming token."""
    return token.provider.name if token.provider else "its provider"


def join_quoted(names: list[str]) -> str:
    """Returns 'A', 'B' and 'C'."""
    quoted = [f"'{name}'" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
