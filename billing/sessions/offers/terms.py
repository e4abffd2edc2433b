"""The limits within which a host's guests may take refund offers by themselves."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Sum

from billing.engine.values import money
from billing.models import RefundOffer, RefundOfferTerms
from billing.sessions.refunds import refunds
from chargers.models import Host
from chargers.properties import time_zones

Limit, State = RefundOffer.Limit, RefundOffer.State


class TermsError(Exception):
    """The limits are invalid; the message tells which and why. `field`: most_minor or month_minor."""

    def __init__(self, sentence: str, *, field: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTerms:
    """Limits in minor units of the currency, with tax."""

    currency: str
    most_minor: int
    month_minor: int


def find(host: Host) -> RefundOfferTerms | None:
    """Returns the host's limits; None: the host decides each offer."""
    return RefundOfferTerms.objects.filter(host=host).first()


def set_terms(host: Host, limits: WantedTerms, *, now: datetime) -> RefundOfferTerms:
    """Sets the limits for future offers. Raises TermsError."""
    alone = refunds.limit_minor(limits.currency)
    if limits.most_minor <= 0:
        raise TermsError("Enter an amount above zero, or turn offers off.", field="most_minor")
    if limits.most_minor > alone:
        limit_text = money.text(alone, currency=limits.currency)
        raise TermsError(f"Above {limit_text} a refund needs a second person: enter at most that.", field="most_minor")
    if limits.month_minor < limits.most_minor:
        raise TermsError("The month must allow at least one session's limit.", field="month_minor")
    values = {"currency": limits.currency, "most_minor": limits.most_minor, "month_minor": limits.month_minor}
    return RefundOfferTerms.objects.update_or_create(host=host, defaults=values | {"changed_at": now})[0]


def turn_off(host: Host) -> bool:
    """Leaves every future offer to the host. False if that was so already."""
    return bool(RefundOfferTerms.objects.filter(host=host).delete()[0])


def limit(host: Host, *, total_minor: int, currency: str, now: datetime) -> RefundOffer.Limit:
    """Returns the limit that keeps this amount from being offered to the guest, or Limit.NONE."""
    limits = RefundOfferTerms.objects.select_for_update().filter(host=host).first()
    if limits is None:
        return Limit.NO_TERMS
    if limits.currency != currency:
        return Limit.CURRENCY
    if total_minor > limits.most_minor:
        return Limit.SESSION
    return (
        Limit.MONTH if taken_minor(host, currency=currency, now=now) + total_minor > limits.month_minor else Limit.NONE
    )


def taken_minor(host: Host, *, currency: str, now: datetime) -> int:
    """Returns the sum of offers that guests took or may still take, of this month in the host's time zone."""
    local = now.astimezone(ZoneInfo(time_zones.of_host(host)))
    begins_at = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = RefundOffer.objects.filter(host=host, currency=currency, made_at__gte=begins_at)
    counts = rows.filter(state__in=(State.OFFERED, State.ACCEPTED))
    return int(counts.aggregate(sum=Sum("total_minor"))["sum"] or 0)
