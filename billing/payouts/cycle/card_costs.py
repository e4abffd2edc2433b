"""Card fees of a session that exceed what the session earns for the host."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from billing.models import Dispute, Hold, PayoutAgreement, Session
from billing.payouts.payees import agreements
from billing.payouts.payees.agreements import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCosts:
    """In minor units: the processor's fees for the payments and their disputes, and what the session earned."""

    fees_minor: int
    earned_minor: int
    currency: str


def find_excess(
    session: Session, *, holds: Collection[Hold], disputes: Collection[Dispute], earned_minor: int, now: datetime
) -> CardCosts | None:
    """Returns the fees that the host bears if they exceed what the session earned, else None. At most three queries."""
    paid = [hold for hold in holds if hold.state == Hold.State.CAPTURED and hold.captured_minor]
    if not paid:
        return None
    of_payments, of_disputes = sum(hold.fee_minor or 0 for hold in paid), sum(dispute.fee_minor for dispute in disputes)
    if of_payments + of_disputes <= earned_minor:
        return None
    terms = agreements.terms_at(Scope(host=session.host, currency=paid[0].currency, property_=session.property), at=now)
    is_hosts = terms is not None and terms.processing == PayoutAgreement.Processing.ACTUAL
    fees = of_disputes + (of_payments if is_hosts else 0)
    if fees <= earned_minor:
        return None
    return CardCosts(fees_minor=fees, earned_minor=earned_minor, currency=paid[0].currency)
