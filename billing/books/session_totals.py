"""What a list of sessions adds up to, and how that becomes the dashboard's figures of the same days."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum

from authorization.people.access import Viewer
from billing.books import figures
from billing.books.figures import Figures
from billing.models import Rating, Refund, Session

NOT_BILLED: Final = (Session.State.HELD, Session.State.FAILED)
"""Sessions whose newest price is not, or not yet, charged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Of one currency, in minor units with tax; `refunded_minor` as on credit notes."""

    currency: str
    sessions: int = 0
    energy_wh: int = 0
    total_minor: int = 0
    refunded_minor: int = 0


@dataclass(frozen=True, slots=True)
class Bridge:
    """Signed parts in words, which add up to a figure of the dashboard."""

    words: str
    parts: list[tuple[str, int]]

    @property
    def minor(self) -> int:
        return sum(minor for _, minor in self.parts)


def refunded() -> Subquery:
    """What credit notes gave back of each session, to annotate sessions with; null: nothing."""
    given = Refund.objects.filter(receipt__session=OuterRef("pk"), credit_note__isnull=False).order_by()
    sums = given.values("receipt__session").annotate(sum=Sum("total_minor"))
    return Subquery(sums.values("sum"))


def of(found: QuerySet[Session]) -> list[Totals]:
    """By currency, of all sessions found. Two queries."""
    billed = found.exclude(state__in=NOT_BILLED).order_by().values("pk")
    newest = Rating.objects.filter(session__in=billed).order_by("session", "-id").distinct("session")
    rows = Rating.objects.filter(pk__in=newest.values("pk")).values("currency")
    sums = rows.annotate(sessions=Count("id"), energy_wh=Sum("energy_wh"), total_minor=Sum("total_minor"))
    given = Refund.objects.filter(receipt__session__in=billed, credit_note__isnull=False).values("currency")
    back = dict(given.annotate(sum=Sum("total_minor")).values_list("currency", "sum"))
    return [Totals(**row, refunded_minor=back.get(row["currency"], 0)) for row in sums.order_by("currency")]


def to_earned(totals: Totals, viewer: Viewer, *, since: datetime, until: datetime) -> Bridge:
    """From sessions settled within the days, whose money the platform collects, to what was earned in them."""
    known = _figures(totals, viewer, since=since, until=until)
    parts = [
        ("Charged for these sessions", totals.total_minor),
        ("Corrections, and sessions settled at another time", known.gross_minor - totals.total_minor),
        ("Given back of these sessions", -totals.refunded_minor),
        ("Given back of other sessions in these days", totals.refunded_minor - known.refunds_minor),
    ]
    rest = [(label, minor) for label, minor in figures.parts(known) if label not in figures.SOLD_WORDS]
    return Bridge("Earned", [(label, minor) for label, minor in [*parts, *rest] if minor])


def to_own(totals: Totals, viewer: Viewer, *, since: datetime, until: datetime) -> Bridge:
    """The same of what hosts collect themselves."""
    known = _figures(totals, viewer, since=since, until=until)
    left = totals.total_minor - totals.refunded_minor
    parts = [
        ("Charged for these sessions", totals.total_minor),
        ("Given back of these sessions", -totals.refunded_minor),
        ("Corrections, and what was charged or given back of other sessions in these days", known.own_minor - left),
    ]
    return Bridge("Settled with the property", [(label, minor) for label, minor in parts if minor])


def _figures(totals: Totals, viewer: Viewer, *, since: datetime, until: datetime) -> Figures:
    found = figures.of_viewer(viewer, since=since, until=until)
    return next((one for one in found if one.currency == totals.currency), Figures(currency=totals.currency))
