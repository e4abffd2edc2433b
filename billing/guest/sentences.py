"""Sentences that are stored in English, said in the language of the guest who reads them."""

import re
from typing import Final

from django.utils.translation import gettext

from billing.models import Session
from chargers.wording import mark

_ENDS: Final = re.compile(r"(?<=[.!?]) +")
_STATES: Final = {
    Session.State.WAITING: mark("waiting for the plug"),
    Session.State.CHARGING: mark("charging"),
    Session.State.STOPPED: mark("stopped; the receipt is provisional"),
    Session.State.SETTLED: mark("settled"),
    Session.State.HELD: mark("held for review"),
    Session.State.FAILED: mark("nothing to pay"),
}


def told(stored: str) -> str:
    """A stored text whole, or sentence by sentence. What is in no catalogue, a charger's word, stays."""
    whole = gettext(stored)
    return whole if whole != stored else " ".join(gettext(sentence) for sentence in _ENDS.split(stored))


def of_state(state: str) -> str:
    """How a session stands, in a list."""
    return gettext(_STATES[Session.State(state)])
