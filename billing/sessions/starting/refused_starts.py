"""Refused starts: the reason, and what happened to the money."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from billing.formatting.money import money
from billing.models import Hold, RateAssignment, Session
from billing.payments.processors import declines
from billing.payments.processors.protocol import Decline
from billing.sentences.sessions import SessionCode
from billing.sessions.starting import landing
from billing.sessions.starting.landing import Landing
from chargers.sentences import stored

_CANCELLED_AT_BANK: Final = (Decline.CANCELLED, Decline.NOT_CONFIRMED)
_WRONG_CARD: Final = (Decline.EXPIRED, Decline.WRONG_NUMBER)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedStart:
    """A session that never began. `landing`: the current state of the station, for another attempt."""

    title: str
    kind: str
    is_card_refused: bool
    landing: Landing | None


def describe(session: Session, hold: Hold | None, *, now: datetime) -> RefusedStart | None:
    """Describes the session.

    `hold` is its newest main hold, if any. None if charging began, or the session still runs.
    """
    if session.state != Session.State.FAILED or session.started_at is not None:
        return None
    title, kind = _title(session, hold)
    return RefusedStart(
        title=title,
        kind=kind,
        is_card_refused=_is_card_refused(hold),
        landing=landing.build_for_charger(session.charger, port_number=session.evse_number, now=now),
    )


def nothing_held() -> str:
    """Returns the sentence for a payment that was refused before a card was charged."""
    return _("Nothing was held on your card.")


def money_sentence(session: Session, hold: Hold | None) -> str:
    """Returns what happened to the hold; empty if none was ever needed."""
    if hold is None:
        return nothing_held() if session.audience == RateAssignment.Audience.GUEST else ""
    values = {"amount": money(hold.amount_minor, hold.currency)}
    was_held = hold.capture_before is not None or session.outlet_taken_at is not None
    match hold.state:
        case Hold.State.FAILED:
            return nothing_held()
        case Hold.State.VOIDED if was_held:
            return _("The hold of %(amount)s was released at once.") % values
        case Hold.State.EXPIRED if was_held:
            return _("The hold of %(amount)s has ended: nothing is held any more.") % values
        case Hold.State.AUTHORISED:
            return _("The hold of %(amount)s is being released.") % values
        case Hold.State.AUTHORISING | Hold.State.UNKNOWN:
            return _("We are asking the card processor whether anything was held: if so, it is released.")
        case _:
            return nothing_held()


def _title(session: Session, hold: Hold | None) -> tuple[str, str]:
    """Returns the heading and its colour: who declined, as far as the processor reports it."""
    if stored.has_code(session.state_sentences, SessionCode.CANCELLED):
        return _("Cancelled"), "unknown"
    decline = declines.of_sentences(hold.failure_sentences) if hold is not None else None
    if decline is Decline.CANCELLED:
        return _("You cancelled the payment"), "unknown"
    if decline is Decline.NOT_CONFIRMED:
        return _("The payment was not confirmed"), "bad"
    if decline in _WRONG_CARD:
        return _("Your card was not accepted"), "bad"
    return (_("Your bank refused") if _is_card_refused(hold) else _("Charging did not start")), "bad"


def _is_card_refused(hold: Hold | None) -> bool:
    """Whether another card may work. A payment that never reached the processor has no reference there."""
    if hold is None or hold.state != Hold.State.FAILED or not hold.processor_ref:
        return False
    return declines.of_sentences(hold.failure_sentences) not in _CANCELLED_AT_BANK
