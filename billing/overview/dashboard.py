"""The figures of the first page of the portal: does it earn?"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Sum

from authorization.models import Decision
from billing.books import figures
from billing.books.figures import Figures
from billing.models import RateAssignment, Rating
from billing.overview import trends
from billing.overview.trends import Scope
from chargers.lib import percentages, reporting_periods


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Of one currency: the figures of a period, of the period before, and what stands open now."""

    figures: Figures
    before: Figures
    standing: Figures

    @property
    def currency(self) -> str:
        return self.figures.currency

    @property
    def parts(self) -> list[tuple[str, int, int]]:
        """What adds up to what was earned: in words, with the amount in this period and in the one before."""
        now, before = dict(figures.parts(self.figures)), dict(figures.parts(self.before))
        ordered = [words for words in figures.PARTS if words in now or words in before]
        return [(words, now.get(words, 0), before.get(words, 0)) for words in ordered]


@dataclass(frozen=True, slots=True)
class Home:
    """Settled sessions of one currency that employers pay back to employees; it is not the host's money."""

    currency: str
    total_minor: int
    sessions: int


@dataclass(frozen=True, slots=True)
class Success:
    """How many attempts to start were allowed: starts, and cards that were refused before they came to one."""

    accepted: int
    total: int

    @property
    def pct(self) -> str | None:
        """With one decimal: 100 only if every start was allowed. None without any start."""
        share = percentages.rounded(self.accepted, self.total, digits=1)
        return None if share is None else str(share)


def money(scope: Scope, *, now: datetime) -> list[Money]:
    """By currency, the largest first: what the period brought, the one before it, and what stands open now."""
    rows, period, before = scope.postings(), scope.period, reporting_periods.before(scope.period)
    current = figures.within(rows, since=period.begins_at, until=period.ends_at)
    earlier = figures.within(rows, since=before.begins_at, until=before.ends_at)
    standing = figures.standing(rows, at=now)
    nothing = {currency: Figures(currency=currency) for currency in {**current, **earlier, **standing}}
    found = [
        Money(
            figures=current.get(currency, none),
            before=earlier.get(currency, none),
            standing=standing.get(currency, none),
        )
        for currency, none in nothing.items()
    ]
    shown = (
        one for one in found if any(part != nothing[one.currency] for part in (one.figures, one.before, one.standing))
    )
    return sorted(shown, key=lambda one: (-one.figures.gross_minor, one.currency))


def home(scope: Scope) -> list[Home]:
    """What employers pay back to employees, by currency. One query."""
    at_home = scope.sessions().filter(audience=RateAssignment.Audience.REIMBURSEMENT)
    found = Rating.objects.filter(kind=Rating.Kind.FINAL, session__in=at_home)
    sums = found.values("currency").annotate(total=Sum("total_minor"), count=Count("id"))
    return [Home(row["currency"], row["total"], row["count"]) for row in sums.order_by("-count", "currency")]


def energy_wh(scope: Scope) -> int:
    """What the settled sessions took. One query."""
    return int(trends.with_energy(scope.sessions()).aggregate(total=Sum("wh"))["total"] or 0)


def starts(scope: Scope) -> Success:
    """How many attempts to start were allowed. One query."""
    is_accepted = Q(verdict=Decision.Verdict.ACCEPTED)
    counts = scope.attempts().aggregate(total=Count("id"), accepted=Count("id", filter=is_accepted))
    return Success(accepted=counts["accepted"], total=counts["total"])
