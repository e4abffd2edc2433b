"""Sentences that are stored in English, said in the language of the guest who reads them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext

from billing.formatting import money, rating_reasons, stored_sentences
from billing.models import Rating, Session
from billing.payments import hold_amount
from billing.rating.values.money import EXPONENTS
from chargers.lib.i18n import mark

_WITH_VALUES: Final = (
    hold_amount.COVERS,
    hold_amount.LEAST,
    hold_amount.MOST,
)
_RATES: Final = {
    "guest": mark("Guests pay the rate “%(rate)s” here, version %(number)s."),
    "member": mark("Members pay the rate “%(rate)s” here, version %(number)s."),
    "roaming": mark("Roaming drivers pay the rate “%(rate)s” here, version %(number)s."),
    "reimbursement": mark("Drivers with reimbursement pay the rate “%(rate)s” here, version %(number)s."),
}
_VALUE: Final = re.compile(r"%\((\w+)\)s")
_AMOUNT: Final = re.compile(r"(\d+(?:\.\d+)?) ([A-Z]{3})")
_ENDS: Final = re.compile(r"(?<=[.!?]) +")
_STATES: Final = {
    Session.State.WAITING: mark("waiting for the plug"),
    Session.State.CHARGING: mark("charging"),
    Session.State.STOPPED: mark("stopped; the receipt is provisional"),
    Session.State.SETTLED: mark("settled"),
    Session.State.HELD: mark("held for review"),
    Session.State.FAILED: mark("nothing to pay"),
}


def translated(stored: str) -> str:
    """A stored text whole, or sentence by sentence. What is in no catalogue, a charger's word, stays."""
    if (whole := gettext(stored)) != stored:
        return whole
    if (made := next(_made_of(stored), None)) is not None:
        return made
    return " ".join(next(_made_of(sentence), None) or gettext(sentence) for sentence in _ENDS.split(stored))


def why(session: Session, rating: Rating | None) -> str:
    """Why a session ended as it did, or waits: what holds it is told by the engine's reasons."""
    if session.state == Session.State.HELD and rating is not None and rating.held:
        return " ".join(doubt.text for doubt in rating_reasons.hold_reasons(rating.held))
    return stored_sentences.local(session.state_sentences)


def of_state(state: str) -> str:
    """How a session stands, in a list."""
    return gettext(_STATES[Session.State(state)])


def of_rate(document: Mapping[str, Any]) -> str:
    """Whose prices a receipt was made with; empty where the document names no rate."""
    rate = document.get("rate")
    pattern = _RATES.get(document.get("audience", ""))
    if not rate or pattern is None:
        return ""
    return gettext(pattern) % {"rate": rate["name"], "number": rate["version"]}


def _made_of(stored: str) -> Iterator[str]:
    """The sentence with values that this one was made of, in the guest's language and with the same values."""
    for sentence in _WITH_VALUES:
        parts = _VALUE.split(sentence)
        shape = "".join(f"(?P<{part}>.+)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
        if (match := re.fullmatch(shape, stored, re.DOTALL)) is not None:
            yield gettext(sentence) % {name: _as_read(value) for name, value in match.groupdict().items()}


def _as_read(value: str) -> str:
    """An amount as the page says all others: `40.00 USD` as $40.00."""
    match = _AMOUNT.fullmatch(value)
    return money.price(match[1], match[2]) if match and match[2] in EXPONENTS else value
