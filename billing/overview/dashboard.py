"""The first page of the portal: what needs a person, and whether it earns."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

from django.db.models import Count, Model, Q, QuerySet, Sum

from authorization.insight import refusals
from authorization.insight.refusals import Standing
from authorization.models import AccessRequest, Decision
from authorization.people import access as people
from authorization.people.access import Viewer
from billing import access
from billing.books import figures
from billing.books.figures import Figures
from billing.models import Complaint, RateAssignment, Rating, Session
from billing.overview import money_work, trends
from billing.overview.trends import Scope
from chargers.fleet import alerts, condition
from chargers.lib import reporting_periods
from chargers.models import Certificate, Charger, PowerLimit
from chargers.security import certificates

M = TypeVar("M", bound=Model)
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Some(Generic[M]):
    """How many there are, and the first few of them."""

    count: int
    first: list[M]

    @property
    def more(self) -> int:
        """How many are not among the first."""
        return max(self.count - len(self.first), 0)


@dataclass(frozen=True, slots=True)
class Needs:
    """What a person should look at; all empty on a good day."""

    offline: Some[Charger]
    faulted: Some[Charger]
    licences: Some[Charger]
    fought_over: Some[Charger]
    power: Some[PowerLimit]
    certificates: Some[Certificate]
    held: Some[Session]
    complaints: Some[Complaint]
    requests: Some[AccessRequest]
    money: list[tuple[str, str]]
    refusals: Standing

    @property
    def count(self) -> int:
        hardware = (self.offline, self.faulted, self.licences, self.fought_over, self.power, self.certificates)
        parts = (*hardware, self.held, self.complaints, self.requests)
        return sum(part.count for part in parts) + self.refusals.count + len(self.money)


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
        """With one decimal, rounded down: 100 only if every start was allowed. None without any start."""
        if not self.total:
            return None
        tenths = self.accepted * 1000 // self.total
        return f"{tenths // 10}.{tenths % 10}"


def needs(viewer: Viewer, *, now: datetime) -> Needs:
    """What needs this viewer. Twenty-three queries, and those for refusals that were put right."""
    chargers = people.chargers(viewer).filter(retired_at=None).select_related("property", "licence")
    held = access.sessions(viewer).filter(state=Session.State.HELD).select_related("charger", "property")
    work = money_work.of(viewer)
    asking = people.access_requests(viewer).filter(state=AccessRequest.State.OPEN)
    return Needs(
        offline=_some(chargers.filter(condition.offline_long(now)).order_by("disconnected_at", "id")),
        faulted=_some(chargers.filter(condition.faulted()).distinct().order_by("station_id")),
        licences=_some(chargers.filter(condition.licence_ends(now)).order_by("licence__expires_on", "id")),
        fought_over=_some(chargers.filter(pk__in=alerts.fought_over(now).values("pk")).order_by("station_id")),
        power=_some(
            PowerLimit.objects.filter(
                enabled=True, uncontrolled_a__isnull=False, property__in=chargers.values("property")
            )
            .select_related("property")
            .order_by("uncontrolled_since")
        ),
        certificates=_some(
            certificates.ending(now).filter(charger__in=chargers).select_related("charger").order_by("valid_to")
        ),
        held=_some(held.order_by("id")),
        complaints=_some(work.complaints.rows),
        requests=_some(asking.select_related("charger").order_by("asked_at")),
        money=work.counted,
        refusals=refusals.repeated(people.decisions(viewer), now=now, most=_SHOWN),
    )


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


def _some(rows: QuerySet[M]) -> Some[M]:
    return Some(rows.count(), list(rows[:_SHOWN]))
