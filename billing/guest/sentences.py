"""Sentences that are stored in English, said in the language of the guest who reads them."""

import re
from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext

from billing import settling, sizes
from billing.models import Session
from billing.rating import price
from billing.rating.money import EXPONENTS
from billing.templatetags import money
from chargers.wording import mark

_WITH_VALUES: Final = (price.TOO_LITTLE, settling.WAIVED, sizes.COVERS, sizes.LEAST, sizes.MOST)
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


def told(stored: str) -> str:
    """A stored text whole, or sentence by sentence. What is in no catalogue, a charger's word, stays."""
    if (whole := gettext(stored)) != stored:
        return whole
    made = next(_made_of(stored), None)
    return made or " ".join(gettext(sentence) for sentence in _ENDS.split(stored))


def of_state(state: str) -> str:
    """How a session stands, in a list."""
    return gettext(_STATES[Session.State(state)])


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
