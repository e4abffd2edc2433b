"""Texts for guests about the state of a session, in their language."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext

from billing.formatting import rating_reasons, stored_sentences
from billing.models import Rating, Session
from chargers.lib.i18n import mark
from chargers.sentences import stored

_RATES: Final = {
    "guest": mark("Guests pay the rate “%(rate)s” here, version %(number)s."),
    "member": mark("Members pay the rate “%(rate)s” here, version %(number)s."),
    "roaming": mark("Roaming drivers pay the rate “%(rate)s” here, version %(number)s."),
    "reimbursement": mark("Reimbursed employees pay the rate “%(rate)s” here, version %(number)s."),
}
_STATES: Final = {
    Session.State.WAITING: mark("waiting for the plug"),
    Session.State.CHARGING: mark("charging"),
    Session.State.STOPPED: mark("stopped; the receipt is provisional"),
    Session.State.SETTLED: mark("settled"),
    Session.State.HELD: mark("held for review"),
    Session.State.FAILED: mark("nothing to pay"),
}


def describe_reason(session: Session, rating: Rating | None) -> str:
    """Returns why a session ended or waits; reasons of a review are the engine's."""
    if session.state == Session.State.HELD and rating is not None and rating.held:
        return " ".join(_describe_doubt(doubt) for doubt in rating.doubts)
    return stored_sentences.local(session.state_sentences)


def of_review(session: Session, rating: Rating | None, *, has_card: bool) -> str:
    """Returns why a session is held for review, and what that means for the driver; `has_card`: money is held
    for it.
    """
    until = gettext("Nothing was taken from your card; the host checks it.")
    if not has_card:
        until = gettext("Nothing is billed until the host has checked it.")
    return f"{describe_reason(session, rating)} {until}".strip()


def _describe_doubt(doubt: Mapping[str, Any]) -> str:
    """Returns the text of one entry of `Rating.held`, made by the engine's check or by one of the charger's
    transaction.
    """
    stored_reason = stored.read(doubt.get("sentences"))
    return stored_sentences.local(stored_reason) if stored_reason else rating_reasons.hold_reasons([doubt])[0].text


def of_state(state: str) -> str:
    """Returns the state of a session, for a list."""
    return gettext(_STATES[Session.State(state)])


def of_rate(document: Mapping[str, Any]) -> str:
    """Returns whose prices a receipt was made with; empty if the document names no rate."""
    rate = document.get("rate")
    pattern = _RATES.get(document.get("audience", ""))
    if not rate or pattern is None:
        return ""
    return gettext(pattern) % {"rate": rate["name"], "number": rate["version"]}
