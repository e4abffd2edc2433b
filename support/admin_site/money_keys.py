"""Keys by which agents find people and money: e-mail, number of a receipt or invoice, last four digits, card, id."""

from typing import Final

from billing.models import Driver, DriverToken, Hold, Invoice, PaymentCard, Receipt, Session
from support.admin_site.search import Keys, RelatedSearch

_CARD: Final = Keys(whole=("last4",))
_RECEIPT: Final = Keys(receipt="")
DRIVER: Final = Keys(
    part=("user__email", "name"),
    uuid=("id",),
    related=(
        RelatedSearch(column="pk", model=PaymentCard, value="driver", keys=_CARD),
        RelatedSearch(column="pk", model=Hold, value="session__driver", keys=_CARD),
        RelatedSearch(column="pk", model=Receipt, value="session__driver", keys=_RECEIPT),
        RelatedSearch(column="pk", model=Invoice, value="period__subscription__driver", keys=_RECEIPT),
        RelatedSearch(column="pk", model=DriverToken, value="driver", keys=Keys(uid=("token__canonical_uid",))),
        RelatedSearch(column="pk", model=Session, value="driver", keys=Keys(uuid=("id",), whole=("guest_email",))),
    ),
)
SESSION: Final = Keys(
    uuid=("id", "decision_id"),
    whole=("guest_email", "driver__user__email", "transaction__transaction_id"),
    uid=("token__canonical_uid",),
    presented=("id_token",),
    decision="decision_id",
    charger="charger",
    part=("property__name",),
    related=(
        RelatedSearch(column="pk", model=Hold, value="session", keys=Keys(whole=("last4", "processor_ref"))),
        RelatedSearch(column="pk", model=Receipt, value="session", keys=_RECEIPT),
    ),
)


def of_driver(column: str) -> RelatedSearch:
    """Finds rows whose `column` is a driver, by that driver's keys."""
    return RelatedSearch(column=column, model=Driver, value="pk", keys=DRIVER)


def of_session(column: str) -> RelatedSearch:
    """Finds rows whose `column` is a session, by that session's keys."""
    return RelatedSearch(column=column, model=Session, value="pk", keys=SESSION)
