"""The cards of the simulation: what a card does is in its number.

4242 4242 4242 4242   is authorised
5555 5555 5555 4444   is authorised, too, and of another brand
4000 0000 0000 0002   is declined
4000 0000 0000 9995   is declined for insufficient funds
4000 0027 6000 3184   needs the cardholder's confirmation, each time
4000 0025 0000 3155   needs the cardholder's confirmation, unless it was saved with one
4000 0082 6000 3178   can be saved, but has not enough money once it is charged
4000 0000 0000 0069   can be saved, but has expired once it is charged
4000 0000 0000 0119   is authorised, but the first answer is lost
4000 0000 0000 0341   is authorised, and the answer to the first capture is lost
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from billing.payments.processors import declines
from billing.payments.processors.protocol import Decline
from billing.sentences.payments import PaymentCode
from chargers.sentences import stored
from chargers.sentences.stored import Sentences


class Asks(StrEnum):
    """When the card's bank wants its cardholder to confirm."""

    NEVER = "never"
    UNLESS_SAVED = "unless_saved"
    ALWAYS = "always"


LOSES_AUTHORIZE: Final = "loses_authorize"
LOSES_CAPTURE: Final = "loses_capture"
IS_DISPUTED: Final = "is_disputed"
AVAILABLE_AT_ONCE: Final = "available_at_once"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedCard:
    """The behaviour of a card.

    `declines` whenever it is used, `declines_saved` only if it is charged after it was saved.
    """

    asks: Asks = Asks.NEVER
    declines: Decline | None = None
    declines_saved: Decline | None = None
    behaviour: str = ""

    def needs_cardholder(self, *, is_saved: bool) -> bool:
        return self.asks is Asks.ALWAYS or (self.asks is Asks.UNLESS_SAVED and not is_saved)


_KNOWN: Final = {
    "4242424242424242": SimulatedCard(),
    "5555555555554444": SimulatedCard(),
    "4000000000000002": SimulatedCard(declines=Decline.REFUSED),
    "4000000000009995": SimulatedCard(declines=Decline.NO_MONEY),
    "4000002760003184": SimulatedCard(asks=Asks.ALWAYS),
    "4000002500003155": SimulatedCard(asks=Asks.UNLESS_SAVED),
    "4000008260003178": SimulatedCard(declines_saved=Decline.NO_MONEY),
    "4000000000000069": SimulatedCard(declines_saved=Decline.EXPIRED),
    "4000000000000259": SimulatedCard(behaviour=IS_DISPUTED),
    "4000000000000077": SimulatedCard(behaviour=AVAILABLE_AT_ONCE),
    "4000000000000119": SimulatedCard(behaviour=LOSES_AUTHORIZE),
    "4000000000000341": SimulatedCard(behaviour=LOSES_CAPTURE),
}
_NO_CARD: Final = SimulatedCard(declines=Decline.WRONG_NUMBER)


def resolve_card(number: str) -> SimulatedCard:
    """Returns the card by its number without spaces; an unknown number is declined."""
    return _KNOWN.get(number, _NO_CARD)


def is_known(number: str) -> bool:
    return number in _KNOWN


def brand(number: str) -> str:
    return "mastercard" if number.startswith("5") else "visa"


def sentences(decline: Decline | None) -> Sentences:
    is_unknown = decline is Decline.WRONG_NUMBER
    return stored.build_sentence(PaymentCode.NOT_SIMULATED) if is_unknown else declines.sentences(decline)
