"""What a cardholder reads when a card was declined."""

from typing import Final

from billing.processors.protocol import Decline
from chargers.lib.i18n import mark

SENTENCES: Final = {
    Decline.REFUSED: mark("The card's bank declined the payment."),
    Decline.NO_MONEY: mark("The card has not enough money for this amount."),
    Decline.EXPIRED: mark("The card has expired."),
    Decline.NEEDS_CARDHOLDER: mark("The card's bank wants you to confirm this payment yourself."),
    Decline.WRONG_NUMBER: mark("The card's number is not right."),
    Decline.NOT_CONFIRMED: mark("You cancelled at your bank's page, or your bank could not confirm that it was you."),
    Decline.CANCELLED: mark("You cancelled the payment at your bank's page."),
}
_OF_SENTENCES: Final = {text: decline for decline, text in SENTENCES.items()}


def sentence(decline: Decline | None) -> str:
    return SENTENCES[decline] if decline else ""


def of_sentence(stored: str) -> Decline | None:
    """The decline that a stored sentence was made of; None where a processor worded it."""
    return _OF_SENTENCES.get(stored)
