"""Sessions for lists and files: ordered by when they began, with price, duration, refunds and payment."""

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import (
    BigIntegerField,
    CharField,
    DateField,
    DateTimeField,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Concat, Greatest, Length, LPad

from billing.models import Hold, Rating, Receipt, Receivable, Session
from billing.payments.books import session_totals
from chargers.text import reporting_periods
from chargers.text.reporting_periods import ReportingPeriod

BEGAN: Final = Coalesce("started_at", "opened_at")
"""When charging began; for a session without a start, when it was opened."""
LOOKS: Final[Mapping[str, str]] = {
    Session.State.WAITING: "busy",
    Session.State.CHARGING: "busy",
    Session.State.STOPPED: "busy",
    Session.State.SETTLED: "ok",
    Session.State.HELD: "warn",
    Session.State.FAILED: "unknown",
}
"""How each state is coloured: ok, busy, warn or unknown."""
_WIDEST_OFFSET: Final = timedelta(hours=14)
_LIVE: Final = (Session.State.CHARGING, Session.State.STOPPED)


def annotate_details(sessions: QuerySet[Session]) -> QuerySet[Session]:
    """Adds `began`, and from the newest rating amount, currency, energy and idle minutes.

    `host_costs` are the lines that the host pays by the rate, null if none. `receipt_numbers` are of its receipts and
    credit notes, in order of issue. `metered_wh` is what a running session has taken so far; `refunded_minor` and
    `unpaid_minor` are null if zero.
    """
    newest = Rating.objects.filter(session=OuterRef("pk")).order_by("-id")
    last4 = Hold.objects.filter(session=OuterRef("pk")).exclude(last4="").order_by("-id")
    idle = newest.annotate(minutes=Cast(KT("report__idle_minutes"), BigIntegerField()))
    return sessions.annotate(
        began=BEGAN,
        total_minor=Subquery(newest.values("total_minor")[:1]),
        currency=Subquery(newest.values("currency")[:1]),
        energy_wh=Subquery(newest.values("energy_wh")[:1]),
        idle_minutes=Subquery(idle.values("minutes")[:1]),
        host_costs=Subquery(newest.values("report__host_costs")[:1]),
        metered_wh=F("transaction__register_wh") - F("transaction__meter_start_wh"),
        refunded_minor=session_totals.refund_sum_subquery(),
        unpaid_minor=_unpaid_subquery(),
        last4=Subquery(last4.values("last4")[:1]),
        receipt_numbers=_receipt_numbers(),
    )


def _receipt_numbers() -> Subquery:
    """Returns the numbers as printed, separated by spaces; null if none."""
    label = Concat(
        "series",
        Value("-"),
        LPad(Cast("number", CharField()), Greatest(Length(Cast("number", CharField())), 6), Value("0")),
    )
    rows = Receipt.objects.filter(session=OuterRef("pk")).order_by().values("session")
    return Subquery(rows.annotate(labels=StringAgg(label, " ", order_by="pk")).values("labels"))


def newest_first(sessions: QuerySet[Session], *, before: uuid.UUID | None = None) -> QuerySet[Session]:
    """Orders sessions by when they began; with `before`, returns only those after that session in this order."""
    ordered = sessions.annotate(began=BEGAN).order_by(F("began").desc(), "-id")
    if before is None:
        return ordered
    began = sessions.filter(pk=before).annotate(began=BEGAN).values_list("began", flat=True).first()
    if began is None:
        return ordered
    return ordered.filter(began__lte=began).exclude(Q(began=began) & Q(id__gte=before))


def began_within(rows: QuerySet[Session], *, first: date | None, last: date | None) -> QuerySet[Session]:
    """Returns sessions that began from `first` to `last`, in the time zone of each property.

    The bounds in UTC, wider than any zone's, let the index find the rows; the days in the zone are exact.
    """
    rows = rows.annotate(began=BEGAN, began_on=_local_day(BEGAN))
    if first is not None:
        rows = rows.filter(began__gte=_midnight(first) - _WIDEST_OFFSET, began_on__gte=first)
    if last is not None:
        rows = rows.filter(began__lt=_midnight(last) + timedelta(days=1) + _WIDEST_OFFSET, began_on__lte=last)
    return rows


def ended_within(sessions: QuerySet[Session], period: ReportingPeriod) -> QuerySet[Session]:
    """Returns sessions that ended in the period.

    Months and years follow the property's calendar, as employers are billed for home charging; other periods have exact
    bounds.
    """
    if period.code == reporting_periods.DAYS_30:
        return sessions.filter(stopped_at__gte=period.begins_at, stopped_at__lt=period.ends_at)
    first, last = period.days[0], period.last_day
    return sessions.annotate(ended_on=_local_day(F("stopped_at"))).filter(
        stopped_at__gte=_midnight(first) - _WIDEST_OFFSET,
        stopped_at__lt=_midnight(last) + timedelta(days=1) + _WIDEST_OFFSET,
        ended_on__gte=first,
        ended_on__lte=last,
    )


def _local_day(at: F | Coalesce) -> Cast:
    local = Func(F("property__time_zone"), at, function="timezone", output_field=DateTimeField())
    return Cast(local, DateField())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=UTC)


def _unpaid_subquery() -> Subquery:
    """Returns what drivers still owe for a session."""
    open_ones = Receivable.objects.filter(session=OuterRef("pk"), state=Receivable.State.OPEN).order_by()
    sums = open_ones.values("session").annotate(left=Sum(F("amount_minor") - F("reduced_minor")))
    return Subquery(sums.values("left"))


def duration(session: Any, *, now: datetime) -> timedelta | None:
    """Returns the time from the start to the stop, or until now; None for a session that never started."""
    if session.started_at is None:
        return None
    end = session.stopped_at or (now if session.state in _LIVE else None)
    return max(end - session.started_at, timedelta(0)) if end else None
