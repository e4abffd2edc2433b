"""Acts on money and documents of a ticket's session, always by billing's own act."""

from datetime import datetime

from authorization.models import User
from billing.models import Receipt
from billing.sessions.lifecycle import acts as receipt_acts
from billing.sessions.refunds.acts import refunds
from billing.sessions.refunds.refunds import RefundRequest
from support.tools import money_previews


def refund(receipt: Receipt, request: RefundRequest, *, confirm_repeat: bool, by: User, now: datetime) -> str:
    """Refunds through the card processor. Raises NotAllowedError, RefundError and NotPossibleError."""
    return money_previews.result(refunds.give(receipt, request, by=by, confirm_repeat=confirm_repeat, now=now))


def resend(receipt: Receipt, *, address: str, language: str, by: User, now: datetime) -> str:
    """Puts the document into the outbox. Raises NotAllowedError."""
    receipt_acts.send_again(receipt, address=address, language=language, by=by, now=now)
    return f"{receipt.get_kind_display()} {receipt.label} is on its way."
