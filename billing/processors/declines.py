"""What a cardholder reads when a card was declined."""

from typing import Final

from billing.processors.protocol import Decline
from chargers.wording import mark

SENTENCES: Final = {
    Decline.REFUSED: mark("The card's bank declined the payment."),
    Decline.NO_MONEY: mark("The card has not enough money for this amount."),
    Decline.EXPIRED: mark("The card has expired."),
    Decline.NEEDS_CARDHOLDER: mark("The card's bank wants you to confirm this payment yourself."),
    Decline.WRONG_NUMBER: mark("The card's number is not right."),
}


def sentence(decline: Decline | None) -> str:
    return SENTENCES[decline] if decline else ""
