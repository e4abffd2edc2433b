"""Steps for visitors: a guest's hold, and roaming tokens that their provider decides about. Pure."""

from datetime import timedelta
from typing import assert_never

from authorization.decide.facts import (
    DecisionFacts,
    Kind,
    LiveValidation,
    LiveValidationState,
    OrderedBy,
    Request,
    TokenFacts,
    Whitelist,
)
from authorization.decide.reasons import links
from authorization.decide.rules.wording import card, format_local_time, provider_name
from authorization.decide.trace import Finding, asks_provider, failed, passed, skipped

APPROVAL_LASTS = timedelta(minutes=15)
NOT_SET_UP = "not asked: live validation is not set up"


def guest_hold(request: Request, facts: DecisionFacts) -> Finding:
    if facts.guest is None and request.kind is not Kind.GUEST:
        return skipped("A card was presented, not a guest's payment.")
    guest = facts.guest
    if guest is not None and guest.requires_account and not guest.account_confirmed:
        return failed("This charger asks for a confirmed account, and the guest's is not confirmed.")
    hold = guest.hold if guest else None
    if hold is None:
        return failed("The guest has not paid: no amount is held.")
    if not hold.is_valid(request.at) and hold.valid_until is not None:
        return failed(f"The guest's hold of {hold.amount} ended at {format_local_time(hold.valid_until, facts)}.")
    return passed(f"The guest has a hold of {hold.amount}.")


def roaming_always(request: Request, facts: DecisionFacts) -> Finding:
    token = facts.roaming
    if token is None:
        return skipped("No mobility provider has sent us this card." if request.uid else "No card was presented.")
    link = links.roaming_token(token.uid)
    if not token.is_usable(request.at):
        return failed(f"{provider_name(token)} lists this card as blocked, expired or not valid.", link=link)
    if token.whitelist is Whitelist.ALWAYS:
        return passed(
            f"{provider_name(token)} lets this card in always, without being asked.", link=link, whitelist="ALWAYS"
        )
    return failed(
        f"{provider_name(token)} wants to be asked about this card ({token.whitelist}).",
        link=link,
        whitelist=token.whitelist,
    )


def approved_recently(request: Request, facts: DecisionFacts) -> Finding:
    token = facts.roaming
    if token is None or not token.provider_may_be_asked(request.at):
        return skipped("Nobody could have approved it.")
    if request.kind is Kind.REMOTE_START and request.ordered_by is OrderedBy.PARTNER:
        return passed(f"{provider_name(token)} ordered this start itself, which is its approval.")
    approval = facts.recent_approval
    if approval is None:
        return failed(f"{provider_name(token)} has not approved this card at this charger in the last 15 minutes.")
    if timedelta(0) <= request.at - approval.at <= APPROVAL_LASTS:
        return passed(
            f"{approval.provider_name} approved this card at this charger at {format_local_time(approval.at, facts)}."
        )
    return failed(f"The last approval here, at {format_local_time(approval.at, facts)}, is more than 15 minutes away.")


def live_validation(request: Request, facts: DecisionFacts) -> Finding:
    token = facts.roaming
    live = facts.live
    if token is None or not token.provider_may_be_asked(request.at) or (live is None and not token.valid):
        return skipped("There is no provider to ask about this card.")
    if live is None:
        return _apply_whitelist_policy(
            token,
            why=f"{provider_name(token)} wants to be asked, and cannot be: live validation is not set up",
            mark=NOT_SET_UP,
            took_ms=0,
        )
    match live.state:
        case LiveValidationState.READY:
            return asks_provider(
                f"{card(request, facts)}: {provider_name(token)} must be asked, within {live.timeout_s} seconds.",
                link=_link(token),
                whitelist=token.whitelist,
            )
        case LiveValidationState.BREAKER_OPEN:
            why = f"{provider_name(token)} has not been answering, so it was not asked again"
            return _apply_whitelist_policy(
                token, why=why, mark="not asked: the provider is not answering", took_ms=live.took_ms
            )
        case LiveValidationState.TIMED_OUT:
            why = f"{provider_name(token)} did not answer within {live.timeout_s} seconds"
            return _apply_whitelist_policy(token, why=why, mark="asked: no answer in time", took_ms=live.took_ms)
        case LiveValidationState.NO_ANSWER:
            why = f"{provider_name(token)} {live.message}"
            return _apply_whitelist_policy(token, why=why, mark="asked: no usable answer", took_ms=live.took_ms)
        case LiveValidationState.NOT_ASKED:
            why = f"{provider_name(token)} was not asked: {live.message}"
            return _apply_whitelist_policy(token, why=why, mark=f"not asked: {live.message}", took_ms=live.took_ms)
        case LiveValidationState.ANSWERED:
            return _build_answer_finding(token, live=live)
        case _:
            assert_never(live.state)


def _apply_whitelist_policy(token: TokenFacts, *, why: str, mark: str, took_ms: int) -> Finding:
    """Applies the token's whitelist policy, since the provider did not answer (OCPI 2.2.1 12.4.5)."""
    link = _link(token)
    if not token.valid:
        sentence = f"{why}. Its list says that the card is not valid, so it needs its yes."
        return failed(sentence, link=link, took_ms=took_ms, whitelist=token.whitelist, valid=False)
    match token.whitelist:
        case Whitelist.ALWAYS | Whitelist.ALLOWED | Whitelist.ALLOWED_OFFLINE:
            sentence = f"{why}. Its policy {token.whitelist} lets the card in then."
            return passed(sentence, link=link, mark=mark, took_ms=took_ms, whitelist=token.whitelist)
        case Whitelist.NEVER:
            sentence = f"{why}. Its policy NEVER lets nobody in without its yes."
            return failed(sentence, link=link, took_ms=took_ms, whitelist=token.whitelist)
        case _:
            assert_never(token.whitelist)


def _build_answer_finding(token: TokenFacts, *, live: LiveValidation) -> Finding:
    text = f" and said “{live.message}”" if live.message else ""
    sentence = f"{provider_name(token)} answered {live.answer} in {live.took_ms} ms{text}."
    build = passed if live.answer == "ALLOWED" else failed
    values = {"reference": live.reference} if live.reference else {}
    return build(sentence, link=_link(token), took_ms=live.took_ms, word=live.answer, **values)


def _link(token: TokenFacts) -> str:
    return links.provider(token.provider.key if token.provider else "")
