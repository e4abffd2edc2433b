"""The totals of a list of sessions, and how they lead to the dashboard's figures of the same days."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from authorization.people import access as people
from authorization.people.access import Viewer
from authorization.people.roles import Right
from billing import access
from billing.models import DayOf, DayOfSessions, Rating, Refund, Session
from billing.payments.books import figures
from billing.payments.books.figures import Figures
from billing.payments.daily_totals import spans

NOT_BILLED: Final = (Session.State.HELD, Session.State.FAILED)
"""Sessions whose newest price is not charged, or not yet."""
_RUNNING: Final = (Session.State.WAITING, Session.State.CHARGING, Session.State.STOPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Totals in one currency, in minor units with tax; `refunded_minor` as on credit notes."""

    currency: str
    sessions: int = 0
    energy_wh: int = 0
    total_minor: int = 0
    refunded_minor: int = 0


@dataclass(frozen=True, slots=True)
class Bridge:
    """Signed, labelled parts that add up to a figure of the dashboard."""

    words: str
    parts: list[tuple[str, int]]

    @property
    def minor(self) -> int:
        return sum(minor for _, minor in self.parts)


def refund_sum_subquery() -> Subquery:
    """Returns what credit notes refunded of each session, to annotate sessions with; null if nothing."""
    credited_refunds = Refund.objects.filter(receipt__session=OuterRef("pk"), credit_note__isnull=False).order_by()
    sums = credited_refunds.values("receipt__session").annotate(sum=Sum("total_minor"))
    return Subquery(sums.values("sum"))


def calculate(sessions: QuerySet[Session]) -> list[Totals]:
    """Returns the totals of all sessions found, by currency. Two queries."""
    billed = sessions.exclude(state__in=NOT_BILLED).order_by().values("pk")
    back = _given_back(Refund.objects.filter(receipt__session__in=billed))
    return [Totals(**row, refunded_minor=back.get(row["currency"], 0)) for row in _sum_newest_ratings(billed)]


@dataclass(frozen=True, slots=True)
class UnpricedSessions:
    """Successfully finished sessions without a price, and their energy."""

    sessions: int
    energy_wh: int


def count_unpriced(sessions: QuerySet[Session]) -> UnpricedSessions:
    """Counts the settled sessions without a price. One query."""
    bare = sessions.filter(~Exists(Rating.objects.filter(session=OuterRef("pk"))), state=Session.State.SETTLED)
    took = Coalesce("transaction__meter_stop_wh", "transaction__register_wh") - F("transaction__meter_start_wh")
    sums = bare.order_by().aggregate(count=Count("pk"), energy=Sum(took))
    return UnpricedSessions(sums["count"], sums["energy"] or 0)


def of_viewer(viewer: Viewer, *, now: datetime) -> tuple[list[Totals], UnpricedSessions]:
    """Returns the totals of all sessions that the viewer may see, by currency, using daily sums. Eight queries."""
    visible_sessions = access.sessions(viewer)
    if people.sees_parts(viewer, Right.SEE_MONEY):
        return calculate(visible_sessions), count_unpriced(visible_sessions)
    hosts = people.hosts_with(viewer, Right.SEE_MONEY)
    span = spans.build(DayOf.SESSIONS, since=None, until=now + timedelta(days=1))
    summed = DayOfSessions.objects.filter(span.days(), host__in=hosts)
    bare = summed.filter(currency="").aggregate(
        count=Coalesce(Sum("sessions"), 0), energy=Coalesce(Sum("energy_wh"), 0)
    )
    newer_unpriced = count_unpriced(visible_sessions.filter(span.rows("settled_at")))
    priced = summed.exclude(currency="").values("currency")
    day_sums = priced.annotate(count=Sum("billed"), energy=Sum("energy_wh"), total=Sum("total_minor"))
    is_settled = Q(state=Session.State.SETTLED)
    rows = [
        *day_sums.values_list("currency", "count", "energy", "total"),
        *_values(
            _sum_newest_ratings(visible_sessions.filter(is_settled & span.rows("settled_at")).order_by().values("pk"))
        ),
        *_values(_sum_newest_ratings(visible_sessions.filter(state__in=_RUNNING).order_by().values("pk"))),
    ]
    billed = Refund.objects.filter(receipt__session__host__in=hosts).exclude(receipt__session__state__in=NOT_BILLED)
    back = _given_back(billed)
    by_currency = [
        Totals(currency=currency, refunded_minor=back.get(currency, 0)) for currency in sorted({*map(_first, rows)})
    ]
    totals = [_sum_rows(totals, [row[1:] for row in rows if row[0] == totals.currency]) for totals in by_currency]
    return totals, UnpricedSessions(bare["count"] + newer_unpriced.sessions, bare["energy"] + newer_unpriced.energy_wh)


def _sum_newest_ratings(billed: QuerySet[Session, Any]) -> QuerySet[Rating, Any]:
    """Returns the newest rating of each session."""
    newer = Rating.objects.filter(session=OuterRef("session"), id__gt=OuterRef("id"))
    rows = Rating.objects.filter(~Exists(newer), session__in=billed).order_by("currency").values("currency")
    return rows.annotate(sessions=Count("id"), energy_wh=Sum("energy_wh"), total_minor=Sum("total_minor"))


def _given_back(refunds: QuerySet[Refund]) -> dict[str, int]:
    credited_refunds = refunds.filter(credit_note__isnull=False).order_by().values("currency")
    return dict(credited_refunds.annotate(sum=Sum("total_minor")).values_list("currency", "sum"))


def _values(rows: Iterable[Any]) -> list[tuple[str, int, int, int]]:
    return [(row["currency"], row["sessions"], row["energy_wh"], row["total_minor"]) for row in rows]


def _first(row: tuple[str, int, int, int]) -> str:
    return row[0]


def _sum_rows(totals: Totals, rows: list[tuple[int, int, int]]) -> Totals:
    sessions, energy, total = (sum(row[position] for row in rows) for position in range(3))
    return replace(totals, sessions=sessions, energy_wh=energy, total_minor=total)


def to_earned(totals: Totals, viewer: Viewer, *, since: datetime, until: datetime) -> Bridge:
    """Returns the steps from sessions settled within the days, with money collected by the platform, to what was
    earned.
    """
    booked = _figures(totals, viewer, since=since, until=until)
    other_refunds_minor = totals.refunded_minor - booked.refunds_minor
    word = (
        "Given back of other sessions in these days"
        if other_refunds_minor < 0
        else "Given back of these sessions at another time"
    )
    parts = [
        ("Total with tax of these sessions", totals.total_minor),
        ("Corrections, and sessions settled at another time", booked.gross_minor - totals.total_minor),
        ("Given back of these sessions", -totals.refunded_minor),
        (word, other_refunds_minor),
    ]
    other_parts = [(label, minor) for label, minor in figures.parts(booked) if label not in figures.SOLD_WORDS]
    return Bridge("Earned", [(label, minor) for label, minor in [*parts, *other_parts] if minor])


def to_own(totals: Totals, viewer: Viewer, *, since: datetime, until: datetime) -> Bridge:
    """Returns the same for what hosts collect themselves."""
    booked = _figures(totals, viewer, since=since, until=until)
    net_minor = totals.total_minor - totals.refunded_minor
    parts = [
        ("Total with tax of these sessions", totals.total_minor),
        ("Given back of these sessions", -totals.refunded_minor),
        (
            "Corrections, and what was charged or given back of other sessions in these days",
            booked.own_minor - net_minor,
        ),
    ]
    return Bridge("Settled with the property", [(label, minor) for label, minor in parts if minor])


def _figures(totals: Totals, viewer: Viewer, *, since: datetime, until: datetime) -> Figures:
    all_figures = figures.of_viewer(viewer, since=since, until=until)
    return next((row for row in all_figures if row.currency == totals.currency), Figures(currency=totals.currency))
