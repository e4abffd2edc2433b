"""The first line's limit at each act that gives money away: refunds, held sessions, debts, plans, overrides.

`obstacle` is for previews, `check` for acts. Both load what the rule needs, and only for agents of the first line.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db.models import F, Sum

from authorization.models import ApiKey, User
from authorization.people import access
from billing.engine.held_readings import Choice
from billing.engine.values import money
from billing.models import LateStop, Override, PeriodRefund, Rating, Receipt, Receivable, Refund, Session, Subscription
from billing.sessions.allowances import rule
from billing.sessions.allowances.rule import Gift
from billing.sessions.lifecycle.overrides import OverrideRequest
from billing.sessions.plans import subscriptions
from billing.sessions.refunds.refunds import RefundError
from billing.sessions.settlement import correction, reviews
from billing.sessions.settlement.reviews import ReviewOption

_COUNTS: Final = (
    Refund.State.WAITING, Refund.State.SENDING, Refund.State.CHECKING, Refund.State.DONE, Refund.State.PARTLY,
)  # fmt: skip
SESSION, PLAN, TICKET = "a session", "a plan", "a ticket"


class LimitError(RefundError):
    """The act gives away more than the first line may; the message names the limit, the amount and who may do it."""


def limit_minor(currency: str) -> int:
    """Returns the limit in minor units: FIRST_LINE_REFUNDS_UP_TO everyday units of the currency."""
    return money.everyday_minor(settings.FIRST_LINE_REFUNDS_UP_TO, currency=currency)


def obstacle(by: User | ApiKey, gift: Callable[[], Gift]) -> str:
    """Returns why this person may not give it away, or an empty text. Nothing is loaded for people without a limit."""
    if not access.is_first_line(by):
        return ""
    proposed = gift()
    return rule.obstacle(proposed, most_minor=limit_minor(proposed.currency))


def check(by: User | ApiKey, gift: Callable[[], Gift]) -> None:
    """Raises LimitError if the gift exceeds the limit.

    Call it in the act's transaction, after `lock` if two agents may act at once.
    """
    if why := obstacle(by, gift):
        raise LimitError(why)


def lock(by: User | ApiKey, session: Session) -> None:
    """Locks the session's receipt, so that two first-line agents who act at once cannot pass the limit together."""
    if access.is_first_line(by):
        list(Receipt.objects.select_for_update().filter(session=session, kind=Receipt.Kind.RECEIPT).values_list("pk"))


def check_answer(by: User | ApiKey, refund: Refund) -> None:
    """Raises LimitError for first-line agents: the second person who answers a refund must be of the second line."""
    if access.is_first_line(by):
        amount = money.text(refund.total_minor, currency=refund.currency)
        raise LimitError(
            f"This refund of {amount} waits for a second person: the host decides, or an agent of the second line."
        )


def of_refund(receipt: Receipt, *, amount_minor: int) -> Gift:
    currency = receipt.rating.currency
    return _build_session_gift(receipt.session, amount_minor=amount_minor, currency=currency)


def of_refund_again(refund: Refund) -> Gift:
    """Returns the gift of sending a refused refund again. Nothing is added where the refund already counts."""
    is_new = refund.state not in _COUNTS
    return of_refund(refund.receipt, amount_minor=refund.total_minor if is_new else 0)


def of_refund_otherwise(refund: Refund) -> Gift:
    """Returns the gift of a refund given another way: its whole amount counts, even if a part of it went back
    before.
    """
    gift = of_refund(refund.receipt, amount_minor=refund.total_minor)
    counted_minor = refund.total_minor if refund.state in _COUNTS else 0
    return replace(gift, before_minor=gift.before_minor - counted_minor)


def of_waiver(session: Session) -> Gift:
    """Returns the gift of not billing a held session. Prices each way to bill it."""
    return of_review(session, total_minor=0)


def of_review(session: Session, *, total_minor: int) -> Gift:
    """Returns the gift of billing a held session at `total_minor`: the difference from the most that it may be
    billed.
    """
    options = reviews.offers(session)
    currency = options[0].report.currency if options else session.host.currency
    return _build_session_gift(session, amount_minor=credible_minor(options) - total_minor, currency=currency)


def credible_minor(options: list[ReviewOption]) -> int:
    """Returns the highest price of a held session from credible readings; its price as it stands if that is the only
    option.
    """
    trusted = [option.total_minor for option in options if option.reading.choice is not Choice.AS_IT_STANDS]
    return max(trusted or [review_option.total_minor for review_option in options], default=0)


def of_difference(session: Session) -> Gift:
    """Returns the gift of not billing what a late stop added."""
    offer = correction.offer(session)
    currency = offer.currency if offer else session.host.currency
    return _build_session_gift(session, amount_minor=offer.difference_minor if offer else 0, currency=currency)


def of_debt(owed: Receivable) -> Gift:
    return _build_session_gift(owed.session, amount_minor=owed.left_minor, currency=owed.currency)


def of_plan_end(subscription: Subscription, *, now: datetime) -> Gift:
    """Returns the gift of ending a plan at once: what goes back of its period."""
    period = subscriptions.current(subscription, now=now)
    if period is None:
        return Gift(subject=PLAN, amount_minor=0, currency=subscription.host.currency)
    period.subscription = subscription
    back_minor = subscriptions.refund_minor(period, now=now)
    return Gift(subject=PLAN, amount_minor=back_minor, currency=period.currency)


def of_plan_refund(refund: PeriodRefund) -> Gift:
    """Returns the gift of refunding a plan from our bank account: all that goes back of the period counts, in however
    many parts.
    """
    period = refund.period
    return Gift(subject=PLAN, amount_minor=max(period.refunded_minor, refund.amount_minor), currency=period.currency)


def of_override(request: OverrideRequest) -> Gift:
    """Returns the most that the platform may come to pay.

    Overrides of the same ticket add up, except those that never began.
    """
    return Gift(
        subject=TICKET if request.ticket else SESSION,
        amount_minor=request.most_minor or 0,
        before_minor=_overrides_minor(request.ticket),
        currency=request.charger.property.host.currency,
    )


def left_of_ticket(label: str, *, currency: str) -> int:
    """Returns how much more the first line may let the platform pay for sessions of this ticket."""
    return max(limit_minor(currency) - _overrides_minor(label), 0)


def _overrides_minor(ticket: str) -> int:
    if not ticket:
        return 0
    before = Override.objects.filter(ticket=ticket, payer=Override.Payer.PLATFORM)
    return before.exclude(session__state=Session.State.FAILED).aggregate(most=Sum("most_minor"))["most"] or 0


def _build_session_gift(session: Session, *, amount_minor: int, currency: str) -> Gift:
    return Gift(subject=SESSION, amount_minor=amount_minor, before_minor=_given_minor(session), currency=currency)


def _given_minor(session: Session) -> int:
    """Returns all that was given away of a session: refunds, discounts in a review, unbilled late stops, debts written
    off.
    """
    refunds = Refund.objects.filter(receipt__session=session, state__in=_COUNTS)
    debts = Receivable.objects.filter(session=session, state=Receivable.State.GIVEN_UP)
    late = LateStop.objects.filter(session=session, outcome=LateStop.Outcome.LEFT)
    parts = (
        refunds.aggregate(given=Sum("total_minor"))["given"],
        debts.aggregate(given=Sum(F("amount_minor") - F("reduced_minor")))["given"],
        late.aggregate(given=Sum(F("total_minor") - F("billed_minor")))["given"],
    )
    return sum(part or 0 for part in parts) + _left_out_minor(session)


def _left_out_minor(session: Session) -> int:
    """Returns how much less than possible a reviewer billed for the session. Prices it again."""
    billed = session.ratings.filter(kind=Rating.Kind.FINAL).order_by("-id").first()
    held_rating = session.ratings.filter(kind=Rating.Kind.PROVISIONAL).exclude(held=[]).order_by("-id").first()
    if billed is None or held_rating is None:
        return 0
    return max(credible_minor(list(reviews.options(session, held_rating))) - billed.total_minor, 0)
