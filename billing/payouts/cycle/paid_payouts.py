"""What was paid out to hosts: payouts by the day on which they were paid."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncDate

from authorization.people.access import Viewer
from billing import access
from billing.models import Payout

_PAID: Final = (Payout.State.PAID, Payout.State.RECONCILED)


def list_between(viewer: Viewer, *, since: datetime, until: datetime) -> QuerySet[Payout]:
    """Returns the visible payouts that were paid in that time, and were not returned."""
    return access.payouts(viewer).filter(state__in=_PAID, paid_at__gte=since, paid_at__lt=until)


def by_day(payouts: QuerySet[Payout], *, zone: str) -> Mapping[str, Mapping[date, int]]:
    """Returns the amounts by currency and day of the zone, in minor units. One query."""
    days = payouts.order_by().annotate(day=TruncDate("paid_at", tzinfo=ZoneInfo(zone)))
    by_currency: dict[str, dict[date, int]] = defaultdict(dict)
    for currency, day, minor in days.values_list("currency", "day").annotate(minor=Sum("amount_minor")):
        by_currency[currency][day] = minor
    return by_currency


def totals(payouts: QuerySet[Payout]) -> dict[str, int]:
    """Returns the amounts by currency, in minor units. One query."""
    sums = payouts.order_by().values_list("currency").annotate(minor=Sum("amount_minor"))
    return dict(sums.order_by("currency"))
