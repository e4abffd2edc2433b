"""The figures of the portal's first page."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from authorization.models import Decision
from authorization.people import access as people
from authorization.people.roles import Right
from billing.models import DayOf, DayOfSessions, DayOfStarts, Rating, Session
from billing.payments.books import figures
from billing.payments.books.figures import Figures
from billing.payments.daily_totals import spans
from billing.payments.daily_totals.spans import Span
from billing.sessions.trends import trends
from billing.sessions.trends.trends import Scope
from chargers.lib import ids
from chargers.models import Host
from chargers.text import percentages, reporting_periods


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Figures in one currency: of a period, of the period before, and the open amounts."""

    figures: Figures
    before: Figures
    standing: Figures

    @property
    def currency(self) -> str:
        return self.figures.currency

    @property
    def change(self) -> str:
        """Compares the earnings with the period before; empty if that had none.

        Both are before fees, because this period's fees are booked only once it is paid out.
        """
        earned, earlier = (sums.earned_minor + sums.fees_minor for sums in (self.figures, self.before))
        if earlier <= 0:
            return ""
        pct = round((earned - earlier) * 100 / earlier)
        return f"up {pct} %, before fees" if pct > 0 else f"down {-pct} %, before fees" if pct < 0 else "as before"

    @property
    def parts(self) -> list[tuple[str, int, int]]:
        """Returns the parts of the earnings as text, with the amount in this period and in the one before."""
        now, before = dict(figures.parts(self.figures)), dict(figures.parts(self.before))
        ordered = [words for words in figures.PARTS if words in now or words in before]
        return [(words, now.get(words, 0), before.get(words, 0)) for words in ordered]


@dataclass(frozen=True, slots=True)
class Home:
    """Settled sessions in one currency that employers reimburse to employees; this is not the host's money."""

    currency: str
    total_minor: int
    sessions: int


@dataclass(frozen=True, slots=True)
class Success:
    """How many attempts to start were allowed: starts, and cards refused before a start."""

    accepted: int
    total: int

    @property
    def pct(self) -> str | None:
        """Returns the percentage with one decimal: 100 only if every start was allowed. None without any start."""
        share = percentages.round_share(self.accepted, self.total, digits=1)
        return None if share is None else str(share)


def money(scope: Scope, *, now: datetime) -> list[Money]:
    """Returns figures by currency, the largest first: this period, the one before, and the open amounts."""
    books, period, before = (
        figures.seen_by_days(scope.viewer),
        scope.period,
        reporting_periods.get_previous(scope.period),
    )
    current = figures.sum_period(books, since=period.begins_at, until=period.ends_at)
    earlier = figures.sum_period(books, since=before.begins_at, until=before.ends_at)
    standing = figures.sum_owed(books, at=now)
    nothing = {currency: Figures(currency=currency) for currency in {**current, **earlier, **standing}}
    by_currency = [
        Money(
            figures=current.get(currency, zero_figures),
            before=earlier.get(currency, zero_figures),
            standing=standing.get(currency, zero_figures),
        )
        for currency, zero_figures in nothing.items()
    ]
    not_empty = (
        sums
        for sums in by_currency
        if any(part != nothing[sums.currency] for part in (sums.figures, sums.before, sums.standing))
    )
    return sorted(not_empty, key=lambda sums: (-sums.figures.gross_minor, sums.currency))


def home(scope: Scope) -> list[Home]:
    """Returns what employers reimburse to employees, by currency. One query."""
    rated = Rating.objects.filter(kind=Rating.Kind.FINAL, session__in=scope.at_home()).order_by()
    sums = rated.values_list("currency").annotate(total=Sum("total_minor"), count=Count("id"))
    homes = [Home(currency, total, count) for currency, total, count in sums]
    return sorted(homes, key=lambda home: (-home.sessions, home.currency))


@dataclass(frozen=True, slots=True)
class Use:
    """How many sessions were settled, and their energy."""

    sessions: int
    energy_wh: int


def use(scope: Scope) -> Use:
    """Returns the use in settled sessions, including free ones. At most three queries."""
    span = _span(scope, DayOf.SESSIONS, Right.SEE_MONEY)
    days = DayOfSessions.objects.filter(span.days(), host__in=_hosts(scope, Right.SEE_MONEY))
    summed = days.aggregate(sessions=Coalesce(Sum("sessions"), 0), wh=Coalesce(Sum("energy_wh"), 0))
    unsummed_totals = trends.with_energy(_unsummed_sessions(scope, span)).aggregate(
        sessions=Count("pk"), energy_wh=Sum("wh")
    )
    return Use(
        sessions=summed["sessions"] + unsummed_totals["sessions"],
        energy_wh=int(summed["wh"] + (unsummed_totals["energy_wh"] or 0)),
    )


def count_starts(scope: Scope) -> Success:
    """Returns how many attempts to start were allowed. At most three queries."""
    span = _span(scope, DayOf.STARTS, Right.SEE)
    days = DayOfStarts.objects.filter(span.days(), host__in=_hosts(scope, Right.SEE))
    summed = days.aggregate(total=Coalesce(Sum("attempts"), 0), accepted=Coalesce(Sum("accepted"), 0))
    is_accepted = Q(verdict=Decision.Verdict.ACCEPTED)
    unsummed_attempts = scope.attempts().filter(span.rows("id", convert=ids.floor))
    counts = unsummed_attempts.aggregate(total=Count("id"), accepted=Count("id", filter=is_accepted))
    return Success(accepted=summed["accepted"] + counts["accepted"], total=summed["total"] + counts["total"])


def _hosts(scope: Scope, right: Right) -> QuerySet[Host]:
    return people.hosts_with(scope.viewer, right)


def _span(scope: Scope, summed: DayOf, right: Right) -> Span:
    """Returns the period by daily totals, for viewers of whole hosts; what grants open is read directly."""
    period = scope.period
    if people.sees_parts(scope.viewer, right):
        return spans.split(since=period.begins_at, until=period.ends_at, through=None, changed=())
    return spans.build(summed, since=period.begins_at, until=period.ends_at)


def _unsummed_sessions(scope: Scope, span: Span) -> QuerySet[Session]:
    return scope.sessions().filter(span.rows("settled_at"))
