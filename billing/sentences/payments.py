"""Sentences about money: the hold's amount, declined cards, amounts owed, corrections by late stops. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from chargers.lib.i18n import mark


class PaymentCode(StrEnum):
    """Codes of sentences about money. The part before the dot is the subject."""

    HOLD_COVERS = "hold.covers"
    HOLD_LEAST = "hold.least"
    HOLD_MOST = "hold.most"
    HOLD_ONCE_MORE = "hold.once_more"
    HOLD_BEYOND = "hold.beyond"
    """Why a card is charged again without its holder."""
    HOLD_BY_ACCOUNT = "hold.by_account"
    NEVER_ARRIVED = "hold.never_arrived"
    NOT_FINISHED = "hold.not_finished"
    DECLINED = "declined.unknown"
    """Without a reason from the processor."""
    NOT_SIMULATED = "declined.not_simulated"
    NOT_CONFIRMED_IN_TIME = "declined.not_confirmed_in_time"
    OWED_EXPIRED = "owed.expired"
    OWED_BEYOND = "owed.beyond"
    OWED_REFUSED = "owed.refused"
    OWED_ACCOUNT = "owed.account"
    OWED_LATE = "owed.late"
    LATE_CAME = "late_stop.came"
    LATE_STAYS = "late_stop.stays"
    LATE_COSTS = "late_stop.costs"
    LATE_GOES_BACK = "late_stop.goes_back"
    LATE_COULD_NOT = "late_stop.could_not"
    LATE_DOUBTFUL = "late_stop.doubtful"
    """Followed by the reasons to doubt the readings."""
    LATE_NOT_BILLED = "late_stop.not_billed"
    LATE_TOO_LATE = "late_stop.too_late"
    LATE_WAITS = "late_stop.waits"
    LATE_DECLINED = "late_stop.declined"


PATTERNS: Final[Mapping[str, str]] = {
    PaymentCode.HOLD_COVERS: mark("Enough for %(energy)s kWh at the highest price, with all fees: %(estimate)s."),
    PaymentCode.HOLD_LEAST: mark(
        "%(energy)s kWh without idle fees would come to %(estimate)s; less than this is not reserved here."
    ),
    PaymentCode.HOLD_MOST: mark(
        "%(energy)s kWh without idle fees would come to %(estimate)s; more than this is not reserved here."
    ),
    PaymentCode.HOLD_ONCE_MORE: mark("The same amount once more, because the cost came near what was held."),
    PaymentCode.HOLD_BEYOND: mark("What charging cost beyond what was held."),
    PaymentCode.HOLD_BY_ACCOUNT: mark("Paid by the driver's account when charging was over."),
    PaymentCode.NEVER_ARRIVED: mark("The payment never reached the processor; nothing was held."),
    PaymentCode.NOT_FINISHED: mark("The payment was not finished; nothing is held on your card."),
    PaymentCode.DECLINED: mark("The card was declined."),
    PaymentCode.NOT_SIMULATED: mark("This is not a card number of the simulation, such as 4242 4242 4242 4242."),
    PaymentCode.NOT_CONFIRMED_IN_TIME: mark("The payment was not confirmed in time."),
    PaymentCode.OWED_EXPIRED: mark("The hold on the card had expired before charging ended."),
    PaymentCode.OWED_BEYOND: mark("Charging cost more than was held on the card."),
    PaymentCode.OWED_REFUSED: mark("Charging cost more than was held on the card, and the card refused the rest."),
    PaymentCode.OWED_ACCOUNT: mark("The card of the driver's account was refused."),
    PaymentCode.OWED_LATE: mark("The charger reported the end of charging late: it had cost more than was billed."),
    PaymentCode.LATE_CAME: "The stop came %(late_s)s after the session was closed without one.",
    PaymentCode.LATE_STAYS: "The price stays %(was)s.",
    PaymentCode.LATE_COSTS: "With it the session costs %(now)s instead of %(was)s.",
    PaymentCode.LATE_GOES_BACK: "With it the session costs %(now)s instead of %(was)s: %(back)s goes back.",
    PaymentCode.LATE_COULD_NOT: "It could not: %(why)s",
    PaymentCode.LATE_DOUBTFUL: "Its readings cannot be true, and the price stays:",
    PaymentCode.LATE_NOT_BILLED: "Nothing more is billed unless a person approves it.",
    PaymentCode.LATE_TOO_LATE: "After %(days)s days nothing is changed by itself.",
    PaymentCode.LATE_WAITS: "A refund of %(back)s waits for a second person; only if they agree does it go back.",
    PaymentCode.LATE_DECLINED: "A second person declined the refund of %(back)s: the price stays.",
    "declined.card_declined": mark("The card's bank declined the payment."),
    "declined.insufficient_funds": mark("The card has not enough money for this amount."),
    "declined.expired_card": mark("The card has expired."),
    "declined.authentication_required": mark("The card's bank wants you to confirm this payment yourself."),
    "declined.incorrect_number": mark("The card's number is not right."),
    "declined.authentication_failure": mark(
        "You cancelled at your bank's page, or your bank could not confirm that it was you."
    ),
    "declined.cancelled_by_cardholder": mark("You cancelled the payment at your bank's page."),
}
"""Codes of declined cards are `declined.` and the `Decline` of the processors' protocol."""
