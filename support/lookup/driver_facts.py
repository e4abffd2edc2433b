"""What is known of a logged-in driver who asks for help: sessions, refused cards, plans and payment cards."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from authorization.decide import reasons
from authorization.models import User
from billing.formatting import times
from billing.formatting.money import money
from billing.models import Driver, PaymentCard, Session, Subscription
from billing.sessions.drivers import accounts
from billing.sessions.plans import subscriptions
from chargers.lib.i18n import mark
from chargers.models import Charger
from support.context import matching
from support.topics.details import Detail

_RECENT: Final = {True: timedelta(days=60), False: timedelta(days=1)}
"""How old an unnamed session may be that is taken as meant: bills are asked about later."""
_NEAR: Final = timedelta(hours=1)
_LIMIT: Final = 20
_REFUSED: Final = mark("Your charging card %(card)s was refused here, %(when)s: %(title)s. %(meaning)s")
_PLAN: Final = mark("You have the plan “%(plan)s” of %(host)s: %(fee)s a month. The period that runs ends on %(day)s.")
_ENDS: Final = mark(
    "You have cancelled the plan “%(plan)s” of %(host)s. It ends on %(day)s, and costs nothing after that."
)
_NO_PLAN: Final = mark("Your account has no plan.")
_CARD: Final = mark("Saved for payments: %(cards)s.")
_NO_CARD: Final = mark("No card is saved.")


def session(
    user: User, charger: Charger | None, given_details: dict[Detail, str], *, is_bill: bool, now: datetime
) -> Session | None:
    """Returns the account's session at the stated time; without a time, the newest."""
    if document := given_details.get(Detail.DOCUMENT, ""):
        return _select_relations(matching.list_by_document(document).filter(driver__user=user)).first()
    rows = Session.objects.filter(driver__user=user, opened_at__gte=now - _RECENT[is_bill])
    if charger is not None:
        rows = rows.filter(charger=charger)
    sessions = list(_select_relations(rows).order_by("-id")[:_LIMIT])
    if Detail.ATTEMPTED_AT not in given_details:
        return sessions[0] if sessions else None
    return next((candidate for candidate in sessions if _was_at(candidate, given_details[Detail.ATTEMPTED_AT])), None)


def charger(user: User, *, now: datetime) -> Charger | None:
    """Returns the account's last charger: where its card was refused today, else where it charged."""
    driver = Driver.objects.filter(user=user).first()
    refused = accounts.refusals(driver).filter(at__gte=now - _RECENT[False]).first() if driver else None
    if refused is not None and refused.charger.retired_at is None:
        return Charger.objects.select_related("property__host").get(pk=refused.charger_id)
    rows = Session.objects.filter(driver__user=user, opened_at__gte=now - _RECENT[True], charger__retired_at=None)
    last = _select_relations(rows).order_by("-id").first()
    return last.charger if last else None


def _select_relations(rows: QuerySet[Session]) -> QuerySet[Session]:
    return rows.select_related("charger__property__host", "property", "host", "driver__user")


def refusal(user: User, charger: Charger, *, now: datetime) -> str:
    """Returns why the account's charging card was refused at this charger today; empty if it was not."""
    driver = Driver.objects.filter(user=user).first()
    if driver is None:
        return ""
    last = accounts.refusals(driver).filter(charger=charger, at__gte=now - _RECENT[False]).first()
    reason = reasons.CATALOGUE.get(last.reason) if last else None
    if last is None or reason is None:
        return ""
    values = {
        "card": str(last.token),
        "when": times.when_short(last.at),
        "title": _(reason.title),
        "meaning": _(reason.guest.meaning),
    }
    return _(_REFUSED) % values


def account(user: User, *, now: datetime) -> tuple[str, ...]:
    """Returns the account's plans and payment cards."""
    live = Subscription.objects.filter(driver__user=user, state__in=subscriptions.LIVE)
    plans = [_plan(subscription, now=now) for subscription in live.select_related("plan", "host").order_by("-id")]
    cards = PaymentCard.objects.filter(driver__user=user, state=PaymentCard.State.READY).order_by("-is_default", "-id")
    card_texts = ", ".join(str(card) for card in cards)
    return (*(plans or [_(_NO_PLAN)]), _(_CARD) % {"cards": card_texts} if card_texts else _(_NO_CARD))


def _plan(live: Subscription, *, now: datetime) -> str:
    period = subscriptions.current(live, now=now) or live.periods.order_by("-number").first()
    fee = subscriptions.newest(live.next_plan or live.plan)
    with timezone.override(ZoneInfo(live.time_zone)):
        values = {
            "plan": live.plan.name,
            "host": live.host.name,
            "fee": money(fee.fee_minor, fee.currency),
            "day": times.day(period.ends_at if period else None),
        }
    return _(_ENDS if live.ends_at_period_end else _PLAN) % values


def _was_at(row: Session, entered_time: str) -> bool:
    at = matching.moment(entered_time, property_=row.property)
    start_time = row.started_at or row.opened_at
    ended = row.unplugged_at or row.stopped_at or start_time
    if at is not None and matching.is_day(entered_time):
        return start_time < at + timedelta(days=1) and at <= ended
    return at is not None and start_time - _NEAR <= at <= ended + _NEAR
