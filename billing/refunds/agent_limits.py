"""How much of a session a support agent of the first line may give back, all that was given before counted with it."""

from django.conf import settings
from django.db.models import Sum

from authorization.models import ApiKey, User
from authorization.people import access
from billing.models import Receipt, Refund
from billing.rating.values import money
from billing.refunds.refunds import RefundError

_COUNTS = (
    Refund.State.WAITING, Refund.State.SENDING, Refund.State.CHECKING, Refund.State.DONE, Refund.State.PARTLY,
)  # fmt: skip


def limit_minor(currency: str) -> int:
    """FIRST_LINE_REFUNDS_UP_TO everyday units of the currency."""
    return money.everyday_minor(settings.FIRST_LINE_REFUNDS_UP_TO, currency=currency)


def check(by: User | ApiKey, receipt: Receipt, *, amount_minor: int) -> None:
    """Raises RefundError where this is more than the first line may give; others have no such limit. One query."""
    if not access.is_first_line(by):
        return
    given = receipt.refunds.filter(state__in=_COUNTS).aggregate(given=Sum("total_minor"))["given"] or 0
    currency = receipt.rating.currency
    if given + amount_minor > limit_minor(currency):
        most = money.text(limit_minor(currency), currency=currency)
        raise RefundError(f"The first line gives back at most {most} of a session: give the ticket to the second line.")


def check_answer(by: User | ApiKey) -> None:
    """Raises RefundError for the first line: a second person is of the second line."""
    if access.is_first_line(by):
        raise RefundError("Refunds above the limit of one person are decided by the host or by the second line.")
