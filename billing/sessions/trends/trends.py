"""Trends of a period, day by day: amounts charged, sessions, energy, starts, and the busy hours of the week."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, F, Model, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, TruncDate

from authorization.insight import refusals
from authorization.insight.refusal_chart import ReasonDays
from authorization.models import Decision
from authorization.people import access as people
from authorization.people.access import Viewer
from billing import access
from billing.models import Posting, RateAssignment, Rating, Session
from billing.payments.books import figures
from billing.sessions.lifecycle import listing
from chargers.lib import ids
from chargers.models import Charger, Evse, Property
from chargers.text.reporting_periods import ReportingPeriod

M = TypeVar("M", bound=Model)
# Each transaction is split at the hours that it spans. One that never ended counts until its newest reading.
_BUSY: Final = """
WITH used AS (
    SELECT greatest(started_at, %(begin)s) AS began,
        least(coalesce(stopped_at, register_at, started_at), %(end)s) AS ended
    FROM chargers_transaction
    WHERE charger_id = ANY(%(chargers)s) AND started_at < %(end)s
        AND coalesce(stopped_at, register_at, started_at) > %(begin)s
)
SELECT extract(isodow FROM hour AT TIME ZONE %(zone)s)::int - 1, extract(hour FROM hour AT TIME ZONE %(zone)s)::int,
    sum(extract(epoch FROM least(ended, hour + interval '1 hour') - greatest(began, hour)))
FROM used CROSS JOIN LATERAL generate_series(date_trunc('hour', began), ended, interval '1 hour') AS hour
WHERE ended > began
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The viewer's data in question: everything, one property, or one charger."""

    viewer: Viewer
    period: ReportingPeriod
    zone: str
    property_: Property | None = None
    charger: Charger | None = None

    def chargers(self) -> QuerySet[Charger]:
        chargers = people.chargers(self.viewer).filter(retired_at=None)
        return self._filter_rows(chargers, property_path="property", charger="pk")

    def sessions(self) -> QuerySet[Session]:
        """Returns the sessions settled in the period."""
        sessions = access.sessions(self.viewer).filter(
            state=Session.State.SETTLED,
            settled_at__gte=self.period.begins_at,
            settled_at__lt=self.period.ends_at,
        )
        return self._filter_rows(sessions, property_path="property", charger="charger")

    def at_home(self) -> QuerySet[Session]:
        """Returns settled home charging that ended in the period, by the same rule as the months of employers'
        invoices.
        """
        sessions = access.sessions(self.viewer).filter(
            state=Session.State.SETTLED, audience=RateAssignment.Audience.REIMBURSEMENT
        )
        return self._filter_rows(
            listing.ended_within(sessions, self.period), property_path="property", charger="charger"
        )

    def attempts(self) -> QuerySet[Decision]:
        """Returns attempts to start in the period, as `refusals.attempts` defines them."""
        decisions = people.decisions(self.viewer).filter(
            id__gte=ids.floor(self.period.begins_at), id__lt=ids.floor(self.period.ends_at)
        )
        return self._filter_rows(refusals.attempts(decisions), property_path="charger__property", charger="charger")

    def postings(self) -> QuerySet[Posting]:
        return self._filter_rows(
            figures.visible_books(self.viewer).rows(),
            property_path="entry__session__property",
            charger="entry__session__charger",
        )

    def _filter_rows(self, rows: QuerySet[M], *, property_path: str, charger: str) -> QuerySet[M]:
        if self.charger is not None:
            return rows.filter(**{charger: self.charger.pk})
        return rows.filter(**{property_path: self.property_.pk}) if self.property_ is not None else rows


@dataclass(slots=True, kw_only=True)
class Days:
    """Figures by day of the zone; days without any are absent."""

    charged: Mapping[str, Mapping[date, int]] = field(default_factory=dict)
    """Amounts by currency and day, in minor units, with tax."""
    sessions: Mapping[date, int] = field(default_factory=dict)
    energy_wh: Mapping[date, int] = field(default_factory=dict)
    accepted: Mapping[date, int] = field(default_factory=dict)
    refused: Mapping[date, int] = field(default_factory=dict)


def with_energy(sessions: QuerySet[Session]) -> QuerySet[Session]:
    """Adds `wh` to each session: as billed, or as metered if nothing is billed."""
    final = Rating.objects.filter(session=OuterRef("pk"), kind=Rating.Kind.FINAL).order_by("-id")
    metered_wh = F("transaction__meter_stop_wh") - F("transaction__meter_start_wh")
    return sessions.annotate(wh=Coalesce(Subquery(final.values("energy_wh")[:1]), metered_wh))


def by_day(scope: Scope) -> Days:
    """Returns the figures by day. Three queries."""
    period, zone = scope.period, ZoneInfo(scope.zone)
    settled = with_energy(scope.sessions()).annotate(day=TruncDate("settled_at", tzinfo=zone))
    daily_sales = list(settled.order_by().values_list("day").annotate(count=Count("id"), energy=Sum("wh")))
    daily_attempts = scope.attempts().annotate(day=TruncDate("at", tzinfo=zone))
    is_accepted = Q(verdict=Decision.Verdict.ACCEPTED)
    starts = list(
        daily_attempts.order_by()
        .values_list("day")
        .annotate(accepted=Count("id", filter=is_accepted), refused=Count("id", filter=~is_accepted))
    )
    return Days(
        charged=figures.charged_by_day(scope.postings(), since=period.begins_at, until=period.ends_at, zone=scope.zone),
        sessions={day: count for day, count, _ in daily_sales},
        energy_wh={day: energy or 0 for day, _, energy in daily_sales},
        accepted={day: accepted for day, accepted, _ in starts},
        refused={day: refused for day, _, refused in starts},
    )


def sold_by_charger(scope: Scope, chargers: Collection[int]) -> dict[int, tuple[int, int]]:
    """Returns settled sessions and their energy in Wh by charger (primary key); chargers without any are absent.

    One query.
    """
    settled = with_energy(scope.sessions().filter(charger__in=chargers)).order_by()
    rows = settled.values_list("charger_id").annotate(count=Count("id"), energy=Sum("wh"))
    return {charger: (count, energy or 0) for charger, count, energy in rows}


def starts_by_charger(scope: Scope) -> dict[int, tuple[int, int]]:
    """Returns attempts to start, refused cards included, and the number allowed, by charger (primary key).

    One query.
    """
    is_accepted = Q(verdict=Decision.Verdict.ACCEPTED)
    rows = scope.attempts().order_by().values_list("charger_id")
    attempt_counts = rows.annotate(total=Count("id"), accepted=Count("id", filter=is_accepted))
    return {charger: (total, accepted) for charger, total, accepted in attempt_counts}


def refusals_by_reason(scope: Scope) -> list[ReasonDays]:
    """Returns refused starts and cards by reason and day, most frequent first. One query."""
    return refusals.by_day(scope.attempts(), days=scope.period.days, zone=scope.zone)


def busy_hours(scope: Scope) -> dict[tuple[int, int], float]:
    """Returns the share of time in which EVSEs charged, by weekday (Monday is 0) and hour of the zone.

    Three queries.
    """
    chargers = list(scope.chargers().values_list("pk", flat=True))
    outlets = Evse.objects.filter(charger__in=chargers).count()
    values: dict[str, Any] = {
        "chargers": chargers,
        "begin": scope.period.begins_at,
        "end": scope.period.ends_at,
        "zone": scope.zone,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BUSY, values)
        seconds = {(weekday, hour): float(busy) for weekday, hour, busy in cursor.fetchall()}
    hours = _hours(scope.period.begins_at, scope.period.ends_at)
    return {key: busy / (hours[key] * outlets) for key, busy in seconds.items() if outlets and hours[key]}


def _hours(begin: datetime, end: datetime) -> Mapping[tuple[int, int], int]:
    """Returns the seconds of each hour of the week within the span."""
    by_hour: Counter[tuple[int, int]] = Counter()
    at, last = int(begin.timestamp()), int(end.timestamp())
    while at < last:
        local = datetime.fromtimestamp(at, tz=begin.tzinfo)
        step = min(3600 - local.minute * 60 - local.second, last - at)
        by_hour[local.weekday(), local.hour] += step
        at += step
    return by_hour
