"""May this token charge at this connector, now? One pure engine for charger, app, guest, portal and partner.

`CHAIN` is the flowchart: gates and grants in order. A failing gate ends the chain with a refusal, a passing
grant with an acceptance. If no grant passes, the reason is the first row of `REASONS` that matches.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from authorization.decide import reasons
from authorization.decide.facts import DecisionFacts, Kind, OrderedBy, Request, StayFacts, TokenFacts
from authorization.decide.rules import budget, charger, token, visitor
from authorization.decide.trace import Finding, StepOutcome, TraceLine

_WORDS_16 = {"BLOCKED": "Blocked", "EXPIRED": "Expired", "NO_CREDIT": "Invalid", "NOT_ALLOWED": "Invalid"}
_WORDS_2X = {
    "BLOCKED": "Blocked",
    "EXPIRED": "Expired",
    "NO_CREDIT": "NoCredit",
    "NOT_ALLOWED": "NotAtThisLocation",
    "UNKNOWN": "Unknown",
}


class StepKind(StrEnum):
    GATE = "gate"
    GRANT = "grant"
    GRANT_OR_REFUSAL = "grant or refusal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One box of the flowchart. `key` is stable: it is stored in traces and as `Decision.granted_by`.

    `refuses`: the reasons that only a failure of this very step can have.
    """

    key: str
    title: str
    kind: StepKind
    question: str
    rule: Callable[[Request, DecisionFacts], Finding]
    refuses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The token may charge. `granted_by` is the key of the step that let it in; `mark` is stored with the approval."""

    trace: tuple[TraceLine, ...]
    granted_by: str
    mark: str = ""
    status_16: str = "Accepted"
    status_2x: str = "Accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The token may not charge. `refused_at` is the key of the gate that failed; empty if no grant passed."""

    trace: tuple[TraceLine, ...]
    reason: str
    status_16: str
    status_2x: str
    refused_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskProvider:
    """The mobility provider must be asked first; call again with its answer among the facts."""

    trace: tuple[TraceLine, ...]
    provider_key: str


Verdict = Accepted | Refused | AskProvider


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """The question, and the key of the gate that refused it (empty: no grant passed)."""

    request: Request
    facts: DecisionFacts
    at: str

    @property
    def token(self) -> TokenFacts | None:
        return self.facts.own or self.facts.roaming


def _step(
    *,
    kind: StepKind,
    title: str,
    question: str,
    rule: Callable[[Request, DecisionFacts], Finding],
    refuses: tuple[str, ...] = (),
) -> Step:
    return Step(key=rule.__name__, title=title, kind=kind, question=question, rule=rule, refuses=refuses)


_GATE, _GRANT = StepKind.GATE, StepKind.GRANT
CHAIN: tuple[Step, ...] = (
    _step(
        kind=_GATE,
        title="Charger registered",
        question="Is the charger registered and accepted, and not retired?",
        rule=charger.charger_registered,
        refuses=("station_id_invalid", "charger_not_accepted"),
    ),
    _step(
        kind=_GATE,
        title="Licence active",
        question="Is the charger's licence active, or in its days of grace?",
        rule=charger.licence_active,
        refuses=("licence_inactive",),
    ),
    _step(
        kind=_GRANT,
        title="Accepts any card",
        question="Is this charger set to accept any card?",
        rule=charger.accepts_any_token,
    ),
    _step(
        kind=_GRANT,
        title="Possible stop",
        question="Is a session running here that this card, or its OCPP parent, may stop?",
        rule=charger.possible_stop,
    ),
    _step(
        kind=_GATE,
        title="Provider not blocked",
        question="Is the mobility provider that issued the card free of a block?",
        rule=token.msp_not_blocked,
        refuses=("msp_blocked",),
    ),
    _step(
        kind=_GATE,
        title="Card in order",
        question="Is the card valid, not blocked and not expired?",
        rule=token.token_in_order,
        refuses=("token_blocked", "token_expired", "token_not_valid"),
    ),
    _step(
        kind=_GATE,
        title="Not charging elsewhere",
        question="Is the card free of another session, or may it run several?",
        rule=token.not_charging_elsewhere,
        refuses=("already_charging",),
    ),
    _step(
        kind=_GATE,
        title="Budget left",
        question="Is anything left of the month's budget of the card, or of a group that lets it in here?",
        rule=budget.budget,
        refuses=("budget_used_up",),
    ),
    _step(
        kind=_GRANT,
        title="Start was ordered",
        question="Did an app, a partner or the portal order this start?",
        rule=token.start_ordered,
    ),
    _step(
        kind=_GRANT,
        title="Autocharge",
        question="Is this vehicle enabled for autocharge?",
        rule=token.autocharge_enabled,
    ),
    _step(
        kind=_GRANT,
        title="Local group",
        question="Does a local group, or a direct grant, open this charger to the card now?",
        rule=token.local_group,
    ),
    _step(
        kind=_GRANT,
        title="Stay",
        question="Does the guest stay here now, with charging at this charger?",
        rule=token.stay,
    ),
    _step(
        kind=_GRANT,
        title="Reimbursement",
        question="Does a reimbursement contract link the card and this charger?",
        rule=token.reimbursement,
    ),
    _step(
        kind=_GATE,
        title="Charger set up",
        question="Is the charger set up for guests and roaming?",
        rule=charger.charger_configured,
        refuses=("private_not_set_up",),
    ),
    _step(
        kind=_GATE,
        title="Property admits",
        question="Does the property admit this kind of user?",
        rule=charger.access_mode,
        refuses=("remote_start_roaming_off", "private_charger", "not_public"),
    ),
    _step(
        kind=_GRANT,
        title="Guest with a hold",
        question="Has the guest paid: is an amount held?",
        rule=visitor.guest_hold,
    ),
    _step(
        kind=_GRANT,
        title="Roaming card, always",
        question="Does the provider let this card in without being asked?",
        rule=visitor.roaming_always,
    ),
    _step(
        kind=_GRANT,
        title="Approved recently",
        question="Did the provider approve the card at this charger in the last 15 minutes?",
        rule=visitor.approved_recently,
    ),
    _step(
        kind=StepKind.GRANT_OR_REFUSAL,
        title="Live validation",
        question="Does the provider say yes when it is asked now?",
        rule=visitor.live_validation,
        refuses=("live_validation_refused", "live_validation_timeout"),
    ),
)

REFUSED_BEFORE_GROUPS: frozenset[str] = frozenset(
    code
    for step in CHAIN[: next(position for position, step in enumerate(CHAIN) if step.rule is token.local_group)]
    for code in step.refuses
)
"""Reasons that no local group can override, because their gates come before the groups."""


def decide(*, request: Request, facts: DecisionFacts) -> Verdict:
    """Runs the chain. The trace has one line per step; steps that were not reached are marked skipped."""
    lines: list[TraceLine] = []
    for position, step in enumerate(CHAIN):
        finding = step.rule(request, facts)
        lines.append(_line(step, finding))
        if finding.asks_provider:
            return AskProvider(trace=_complete(lines), provider_key=_provider_key(facts))
        if step.kind is not StepKind.GATE and finding.outcome is StepOutcome.PASSED:
            return Accepted(trace=_complete(lines), granted_by=step.key, mark=finding.mark)
        is_last = position == len(CHAIN) - 1
        if finding.outcome is StepOutcome.FAILED and (step.kind is StepKind.GATE or is_last):
            return _build_refusal(request=request, facts=facts, at=step.key, lines=lines)
    return _build_refusal(request=request, facts=facts, at="", lines=lines)


def _build_refusal(*, request: Request, facts: DecisionFacts, at: str, lines: list[TraceLine]) -> Refused:
    ending = _Ending(request=request, facts=facts, at=at)
    code = next(code for code, matches in REASONS if matches(ending))
    status_16, status_2x = statuses(code, word=facts.live.answer if facts.live else "")
    return Refused(trace=_complete(lines), reason=code, status_16=status_16, status_2x=status_2x, refused_at=at)


def statuses(code: str, *, word: str = "") -> tuple[str, str]:
    """Returns the OCPP 1.6 and 2.x statuses of a refusal; a provider's own `word` (OCPI AllowedType) is passed on.

    A reason without a status (a retired charger, say) becomes Invalid.
    """
    if code == "live_validation_refused":
        return _WORDS_16.get(word, "Invalid"), _WORDS_2X.get(word, "Invalid")
    by_version = reasons.get(code).statuses
    return by_version.ocpp_16 or "Invalid", by_version.ocpp_2x or "Invalid"


def _line(step: Step, finding: Finding) -> TraceLine:
    return TraceLine(
        step=step.key,
        outcome=finding.outcome,
        sentence=finding.sentence,
        link=finding.link,
        values=finding.values,
        ms=finding.took_ms,
    )


def _complete(lines: list[TraceLine]) -> tuple[TraceLine, ...]:
    return (*lines, *_UNREACHED[len(lines) :])


_UNREACHED = tuple(
    TraceLine(step=step.key, outcome=StepOutcome.SKIPPED, sentence="Not reached: it was decided before.")
    for step in CHAIN
)


def _provider_key(facts: DecisionFacts) -> str:
    return facts.roaming.provider.key if facts.roaming and facts.roaming.provider else ""


def _is_stranger(ending: _Ending) -> bool:
    return ending.token is None and not charger.is_guest(ending.request, ending.facts)


def _reimbursement_missing(ending: _Ending) -> bool:
    contracts = ending.facts.reimbursement.contracts if ending.facts.reimbursement else ()
    return bool(contracts) or (ending.token is not None and ending.token.for_reimbursement)


def _is_outside_stay(ending: _Ending) -> bool:
    return ending.request.kind is not Kind.GUEST and any(
        not stay.is_current(ending.request.at) for stay in _stays_here(ending)
    )


def _stays_elsewhere(ending: _Ending) -> bool:
    if ending.request.kind is Kind.GUEST and ending.at not in _OPENED_BY_STAY:
        return False
    return any(stay.is_current(ending.request.at) for stay in ending.facts.stays)


_OPENED_BY_STAY = frozenset({"charger_configured", "access_mode"})
"""Gates that a guest with a stay skips. After them, guests pay like everybody else, with or without a stay."""


def _stays_here(ending: _Ending) -> list[StayFacts]:
    return [stay for stay in ending.facts.stays if token.stay_includes_charger(stay, ending.facts)]


def _guests_stays(ending: _Ending) -> list[StayFacts]:
    """Returns the stays at this charger of a guest's phone, if the failed gate is one that a stay opens."""
    asks = ending.request.kind is Kind.GUEST and ending.at in _OPENED_BY_STAY
    return _stays_here(ending) if asks else []


def _is_before_stay(ending: _Ending) -> bool:
    return any(not stay.cancelled and ending.request.at < stay.arrives_at for stay in _guests_stays(ending))


def _is_after_stay(ending: _Ending) -> bool:
    return any(not stay.cancelled and stay.departs_at <= ending.request.at for stay in _guests_stays(ending))


def _is_stay_cancelled(ending: _Ending) -> bool:
    return any(stay.cancelled for stay in _guests_stays(ending))


def _has_no_group_here(ending: _Ending) -> bool:
    own = ending.facts.own
    return own is not None and not own.grants and not any(group.grants_access_to for group in own.groups)


def _has_disabled_group(ending: _Ending) -> bool:
    return any(group.grants_access_to and not group.enabled for facts in _tokens(ending) for group in facts.groups)


def _has_closed_door(ending: _Ending) -> bool:
    return any(facts.grants or any(group.grants_access_to for group in facts.groups) for facts in _tokens(ending))


def _tokens(ending: _Ending) -> list[TokenFacts]:
    return [facts for facts in (ending.facts.own, ending.facts.roaming) if facts is not None]


def _is_foreign_order(ending: _Ending) -> bool:
    return (
        ending.at == "access_mode"
        and ending.request.kind is Kind.REMOTE_START
        and ending.request.ordered_by in {OrderedBy.APP, OrderedBy.PARTNER}
    )


def _is_not_in_service(ending: _Ending) -> bool:
    facts, retired_at = ending.facts.charger, ending.facts.charger.retired_at
    is_retired = retired_at is not None and retired_at <= ending.request.at
    return ending.at == "charger_registered" and (not facts.registered or is_retired)


def _needs_account(ending: _Ending) -> bool:
    guest = ending.facts.guest
    return guest is not None and guest.requires_account and not guest.account_confirmed


def _provider_refused(ending: _Ending) -> bool:
    live = ending.facts.live
    return ending.at == "live_validation" and live is not None and live.answer not in {"", "ALLOWED"}


REASONS: tuple[tuple[str, Callable[[_Ending], bool]], ...] = (
    ("station_id_invalid", _is_not_in_service),
    ("charger_not_accepted", lambda end: end.at == "charger_registered"),
    ("licence_inactive", lambda end: end.at == "licence_active"),
    ("msp_blocked", lambda end: end.at == "msp_not_blocked"),
    ("token_blocked", lambda end: end.at == "token_in_order" and end.token is not None and end.token.blocked),
    (
        "token_expired",
        lambda end: end.at == "token_in_order" and end.token is not None and end.token.is_expired(end.request.at),
    ),
    ("token_not_valid", lambda end: end.at == "token_in_order"),
    ("already_charging", lambda end: end.at == "not_charging_elsewhere"),
    ("budget_used_up", lambda end: end.at == "budget"),
    ("token_unknown", _is_stranger),
    ("reimbursement_not_linked", _reimbursement_missing),
    ("outside_stay", _is_outside_stay),
    ("wrong_charger_for_stay", _stays_elsewhere),
    ("stay_not_begun", _is_before_stay),
    ("stay_over", _is_after_stay),
    ("stay_cancelled", _is_stay_cancelled),
    ("not_in_local_group", _has_no_group_here),
    ("group_disabled", _has_disabled_group),
    ("outside_schedule", _has_closed_door),
    ("private_not_set_up", lambda end: end.at == "charger_configured"),
    ("remote_start_roaming_off", _is_foreign_order),
    ("private_charger", lambda end: end.at == "access_mode" and charger.is_guest(end.request, end.facts)),
    ("not_public", lambda end: end.at == "access_mode"),
    ("account_not_verified", _needs_account),
    ("payment_required", lambda end: charger.is_guest(end.request, end.facts)),
    ("live_validation_refused", _provider_refused),
    ("live_validation_timeout", lambda end: end.at == "live_validation"),
)
"""The reasons that the chain itself can give, in the catalogue's order; the first that matches is used."""
