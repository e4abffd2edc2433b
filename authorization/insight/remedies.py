"""Remedies for a refusal: the catalogue's advice, fitted to the card, and dropped once it was followed."""

from datetime import datetime
from typing import Final

from authorization.decide import decisions, engine, reasons
from authorization.decide.reasons import Audience, NextStep, Reason, links
from authorization.decide.reasons.parts import ADD_TOKEN, OPEN_TOKEN
from authorization.identifiers import uids
from authorization.models import Decision

_OF_CARDS: Final = frozenset({ADD_TOKEN, OPEN_TOKEN})
_OF_VEHICLES: Final = (
    NextStep("A car named itself: its driver has to agree to autocharge before it may start.", links.AUTOCHARGE),
    NextStep("Until then it starts with a card, in the app or as a guest."),
)
_CHANGE_WITH_TIME: Final = frozenset(
    {"outside_schedule", "outside_stay", "wrong_charger_for_stay", "already_charging", "budget_used_up"}
)
_OF_PAYING_CARD: Final = "budget_used_up"
"""The reason that tells something about the card that pays for a vehicle."""
_ASKED: Final = frozenset({"authorize", "start"})


def steps(reason: Reason, audience: Audience, *, uid: str) -> tuple[NextStep, ...]:
    """Returns the next steps of a refusal in order, before their links are filled in.

    A vehicle's id must not be added as a token, which would bypass its driver's consent, so it leads to Autocharge.
    """
    advised = reason.advice(audience).next_steps
    if not is_vehicle(uid) or not any(step.link in _OF_CARDS for step in advised):
        return advised
    if reason.code == _OF_PAYING_CARD:
        return tuple(NextStep(step.text, "" if step.link in _OF_CARDS else step.link) for step in advised)
    return _OF_VEHICLES


def is_vehicle(uid: str) -> bool:
    """Whether the presented id is a vehicle's own."""
    return uids.is_vehicle(uids.from_wire(uid) or "")


def whitelisting_helps(reason: Reason, *, uid: str) -> bool:
    """Whether adding the card to a local group would have let it in; false for gates that come before the groups."""
    return (
        bool(uid)
        and not is_vehicle(uid)
        and reason.judged_by is reasons.JudgedBy.CHAIN
        and reason.code not in engine.REFUSED_BEFORE_GROUPS
    )


def done_since(decision: Decision, *, now: datetime) -> str:
    """Returns what would let the card in today, as the sentence of that step; empty while the refusal stands.

    Where time alone may end a refusal (hours, a stay, another session, a month's budget), it is judged as of the tap.
    At most three queries; nothing is stored, and no provider is asked.
    """
    if decision.verdict != Decision.Verdict.REFUSED or decision.kind not in _ASKED:
        return ""
    if decision.decided_by not in {"", "us"} or not decision.uid:
        return ""
    if decision.reason in reasons.CATALOGUE and reasons.get(decision.reason).judged_by is reasons.JudgedBy.CALLER:
        return ""  # the caller refused before the chain ran
    at = decision.event_at if decision.reason in _CHANGE_WITH_TIME else now
    question = decisions.Question(kind=decision.kind, uid=decision.uid, at=at, evse_number=decision.evse_number)
    outcome = decisions.decide(charger=decision.charger, question=question, now=now, dry_run=True)
    if not outcome.is_accepted or outcome.granted_by == "possible_stop":
        return ""
    return next(str(line["sentence"]) for line in outcome.trace if line["step"] == outcome.granted_by)
