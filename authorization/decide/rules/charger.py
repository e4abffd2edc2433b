"""Steps about the charger: registered, licensed, open to all, a stop, set up, access mode. Pure."""

from datetime import timedelta
from typing import assert_never

from authorization.decide.facts import Access, DecisionFacts, Kind, LicenceFacts, OpenTransaction, Request
from authorization.decide.reasons import links
from authorization.decide.rules.wording import card, describe_connector, format_local_time
from authorization.decide.trace import Finding, StepOutcome, failed, passed, skipped
from authorization.identifiers import uids


def charger_registered(request: Request, facts: DecisionFacts) -> Finding:
    charger = facts.charger
    link = links.charger(charger.charger_id)
    if not charger.registered:
        return failed(f"No charger with the id {charger.charger_id} is registered.", link=links.CHARGERS)
    if charger.retired_at is not None and charger.retired_at <= request.at:
        return failed(
            f"Charger {charger.charger_id} was retired on {facts.property.local(charger.retired_at):%Y-%m-%d}.",
            link=link,
        )
    if charger.held_as:
        return failed(f"Charger {charger.charger_id} is kept {charger.held_as}: nobody can charge at it.", link=link)
    return passed(f"Charger {charger.charger_id} is registered at {facts.property.name}.", link=link)


def licence_active(request: Request, facts: DecisionFacts) -> Finding:
    """Refuses without a licence, except for a possible stop: running sessions may always be ended."""
    finding = _licence(request, facts)
    running = find_stoppable_transaction(request, facts)
    if finding.outcome is StepOutcome.FAILED and running is not None:
        return passed(
            f"{finding.sentence} A session that runs is not stopped by it, and may be ended here.",
            link=finding.link,
            transaction=running.transaction_id,
        )
    return finding


def accepts_any_token(request: Request, facts: DecisionFacts) -> Finding:
    until = facts.charger.accepts_any_token_until
    link = links.charger_setup(facts.charger.charger_id)
    if until is None:
        return failed("This charger does not accept just any card.", link=link)
    if until <= request.at:
        return failed(f"It accepted any card until {format_local_time(until, facts)}; that has ended.", link=link)
    return passed(
        f"Charger {facts.charger.charger_id} accepts any card until {format_local_time(until, facts)}.", link=link
    )


def possible_stop(request: Request, facts: DecisionFacts) -> Finding:
    if request.kind is not Kind.AUTHORIZE:
        return skipped("Only a card that is held to the charger can be a stop.")
    transaction = find_stoppable_transaction(request, facts)
    if transaction is None:
        return failed(f"{card(request, facts)} has no session to stop at charger {facts.charger.charger_id}.")
    link = links.charger_messages(facts.charger.charger_id)
    if transaction.canonical_uid == request.canonical_uid:
        return passed(
            f"{card(request, facts)} has a session running at {describe_connector(transaction)}, which it may stop.",
            link=link,
            transaction=transaction.transaction_id,
        )
    if uids.is_vehicle(transaction.canonical_uid):
        return passed(
            f"{card(request, facts)} pays for vehicle {transaction.canonical_uid}, or shares a parent with who does: "
            f"it may stop the session at {describe_connector(transaction)}.",
            link=link,
            transaction=transaction.transaction_id,
        )
    return passed(
        f"{card(request, facts)} shares an OCPP parent with card {transaction.canonical_uid}, whose session at "
        f"{describe_connector(transaction)} it may stop.",
        link=link,
        transaction=transaction.transaction_id,
    )


def charger_configured(request: Request, facts: DecisionFacts) -> Finding:
    link = links.charger_setup(facts.charger.charger_id)
    if facts.charger.configured:
        return passed(f"Charger {facts.charger.charger_id} is set up.", link=link)
    return failed(
        f"Charger {facts.charger.charger_id} is not set up for guests and roaming yet: only the host's own cards work.",
        link=link,
    )


def access_mode(request: Request, facts: DecisionFacts) -> Finding:
    prop = facts.property
    link = links.property_(prop.slug)
    guest, roaming = is_guest(request, facts), facts.roaming is not None
    match prop.access:
        case Access.PRIVATE:
            sentence = f"{prop.name} is private: beyond its own cards and stays it admits nobody."
            return failed(sentence, link=link, access=prop.access)
        case Access.GUEST if guest:
            return passed(f"{prop.name} admits guests who pay.", link=link, access=prop.access)
        case Access.GUEST:
            sentence = f"{prop.name} admits guests who pay; {_not_admitted(facts)}."
            return failed(sentence, link=link, access=prop.access)
        case Access.PUBLIC_ROAMING if guest or roaming:
            return passed(f"{prop.name} is public: it admits guests and roaming cards.", link=link, access=prop.access)
        case Access.PUBLIC_ROAMING:
            sentence = f"{prop.name} admits guests and roaming cards; {_not_admitted(facts)}."
            return failed(sentence, link=link, access=prop.access)
        case _:
            assert_never(prop.access)


def is_guest(request: Request, facts: DecisionFacts) -> bool:
    """Whether a guest's payment is asked about, with or without a token created for it."""
    return request.kind is Kind.GUEST or facts.guest is not None


def find_stoppable_transaction(request: Request, facts: DecisionFacts) -> OpenTransaction | None:
    """Returns a transaction at this charger that this token may stop, its own first."""
    if request.kind is not Kind.AUTHORIZE or not request.canonical_uid:
        return None
    transactions = [t for t in facts.open_transactions if t.charger_id == facts.charger.charger_id]
    parents = (facts.own.parents if facts.own else frozenset()) | (
        facts.roaming.parents if facts.roaming else frozenset()
    )
    own = next((t for t in transactions if t.canonical_uid == request.canonical_uid), None)
    return own or next((t for t in transactions if t.parents & parents), None)


def _licence(request: Request, facts: DecisionFacts) -> Finding:
    charger_id = facts.charger.charger_id
    link = links.charger_setup(charger_id)
    licence = facts.licence
    if licence is None:
        return failed(f"No licence is set up for charger {charger_id}.", link=link)
    if not licence.active:
        return failed(f"The licence of charger {charger_id} is inactive.", link=link)
    if licence.expires_on is None:
        return passed(f"The licence of charger {charger_id} is active, without an end.", link=link)
    today = facts.property.local(request.at).date()
    if today <= licence.expires_on:
        return passed(f"The licence of charger {charger_id} is active until {licence.expires_on}.", link=link)
    last = licence.expires_on + timedelta(days=licence.grace_days)
    if today <= last:
        return passed(f"The licence ended on {licence.expires_on}; its days of grace last until {last}.", link=link)
    return failed(f"The licence of charger {charger_id} ended on {licence.expires_on}{_grace(licence)}.", link=link)


def _grace(licence: LicenceFacts) -> str:
    return f", and its {licence.grace_days} days of grace are over" if licence.grace_days else ""


def _not_admitted(facts: DecisionFacts) -> str:
    if facts.own is not None:
        return "a card of the host's own needs a local group instead"
    return "roaming cards are not admitted" if facts.roaming is not None else "nobody we know issued this card"
