"""Statistics of refusals: repeated ones at one charger, and the number per reason and day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.functions import TruncDate

from authorization.decide import reasons
from authorization.decide.reasons import Audience, NextStep, Reason, links
from authorization.insight import remedies
from authorization.insight.refusal_chart import ReasonDays
from authorization.models import Decision
from chargers.lib import ids

DAYS: Final = 7
HOUR: Final = timedelta(hours=1)
_MAX_CARDS: Final = 3
_LOOKED_AT: Final = 20
"""How many groups are checked for being resolved; the others are only counted."""
REPEATED: Final = 3
"""From this number of refusals for one reason at one charger, they count as repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedRefusal:
    """Repeated refusals for one reason at one charger: `count` in seven days, `lately` in the last hour.

    `uid` is the card, if it was always the same one.
    """

    charger_id: str
    station_id: str
    property_slug: str
    reason: Reason
    count: int
    lately: int
    first_at: datetime
    last_at: datetime
    cards: int
    uid: str = ""

    @property
    def is_now(self) -> bool:
        return self.lately >= REPEATED

    @property
    def remedy(self) -> NextStep:
        """Returns the host's first step, with its link filled in (empty if no page does it)."""
        step = remedies.steps(self.reason, Audience.HOST, uid=self.uid)[0]
        values = {
            "charger_id": self.charger_id,
            "station_id": self.station_id,
            "property": self.property_slug,
            "uid": self.uid,
        }
        return NextStep(step.text, links.fill(step.link, values) if step.link else "")


@dataclass(frozen=True, slots=True)
class Standing:
    """Unresolved repeated refusals: the first of them, and how many more there may be."""

    first: list[RepeatedRefusal]
    more: int

    @property
    def count(self) -> int:
        return len(self.first) + self.more


def list_repeated(decisions: QuerySet[Decision], *, now: datetime, limit: int) -> Standing:
    """Returns what was refused at least three times in seven days, starting with what still happens now.

    Resolved groups are left out: those of a few cards, none of which would be refused today. One query, and at most ten
    for each group until `limit` are found.
    """
    refused = decisions.filter(verdict=Decision.Verdict.REFUSED, id__gte=ids.floor(now - timedelta(days=DAYS)))
    groups = (
        refused.values("charger__charger_id", "charger__station_id", "charger__property__slug", "reason")
        .annotate(
            count=Count("id"),
            lately=Count("id", filter=Q(id__gte=ids.floor(now - HOUR))),
            first_at=Min("at"),
            last_at=Max("at"),
            cards=Count("uid", distinct=True),
            first_uid=Min("uid"),
            last_uid=Max("uid"),
        )
        .filter(count__gte=REPEATED, reason__in=list(reasons.CATALOGUE))
        .order_by("-lately", "-count")
    )
    rows = list(groups)
    standing: list[RepeatedRefusal] = []
    looked_at = 0
    for row in rows[:_LOOKED_AT]:
        if len(standing) == limit:
            break
        looked_at += 1
        if not _is_put_right(refused, row, now=now):
            standing.append(_build_repeated_refusal(row))
    return Standing(standing, more=len(rows) - looked_at)


def _build_repeated_refusal(row: Mapping[str, Any]) -> RepeatedRefusal:
    return RepeatedRefusal(
        charger_id=row["charger__charger_id"],
        station_id=row["charger__station_id"],
        property_slug=row["charger__property__slug"],
        reason=reasons.CATALOGUE[row["reason"]],
        count=row["count"],
        lately=row["lately"],
        first_at=row["first_at"],
        last_at=row["last_at"],
        cards=row["cards"],
        uid=row["last_uid"] if row["first_uid"] == row["last_uid"] else "",
    )


def _is_put_right(refused: QuerySet[Decision], row: Mapping[str, Any], *, now: datetime) -> bool:
    """Whether each card refused there for that reason would be let in today."""
    if not row["last_uid"]:
        return False
    same = refused.filter(charger__charger_id=row["charger__charger_id"], reason=row["reason"])
    newest = same.order_by("uid", "-id").distinct("uid").select_related("charger__property")[: _MAX_CARDS + 1]
    decisions = list(newest)
    return len(decisions) <= _MAX_CARDS and all(remedies.done_since(decision, now=now) for decision in decisions)


def attempts(decisions: QuerySet[Decision]) -> QuerySet[Decision]:
    """Returns attempts to start: every decision about a start, and every token refused before a start.

    A refused Authorize is one refused attempt. An accepted one does not count by itself: the start that follows counts
    once, and without a start the token was only presented.
    """
    return decisions.filter(Q(kind="start") | Q(kind="authorize", verdict=Decision.Verdict.REFUSED))


def by_day(decisions: QuerySet[Decision], *, days: Sequence[date], zone: str) -> list[ReasonDays]:
    """Returns the refusals per reason on these successive days of a time zone, most frequent reason first.

    One query.
    """
    begin, end = bounds(days[0], zone)[0], bounds(days[-1], zone)[1]
    refused = decisions.filter(
        verdict=Decision.Verdict.REFUSED, id__gte=ids.floor(begin), id__lt=ids.floor(end), reason__in=reasons.ORDER
    )
    rows = refused.annotate(day=TruncDate("at", tzinfo=ZoneInfo(zone))).values("reason", "day")
    counts: dict[str, dict[date, int]] = {}
    for row in rows.annotate(count=Count("id")):
        counts.setdefault(row["reason"], {})[row["day"]] = row["count"]
    by_reason = [ReasonDays(reasons.get(code), daily_counts) for code, daily_counts in counts.items()]
    return sorted(by_reason, key=lambda row: (-row.total, row.reason.code))


def accepted_by_day(decisions: QuerySet[Decision], *, days: Sequence[date], zone: str) -> dict[date, int]:
    """Returns how many were accepted on these successive days of a time zone. One query."""
    begin, end = bounds(days[0], zone)[0], bounds(days[-1], zone)[1]
    accepted = decisions.filter(verdict=Decision.Verdict.ACCEPTED, id__gte=ids.floor(begin), id__lt=ids.floor(end))
    rows = accepted.annotate(day=TruncDate("at", tzinfo=ZoneInfo(zone))).order_by().values_list("day")
    return dict(rows.annotate(count=Count("id")))


def bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """Returns when a day begins and ends in that time zone."""
    tomorrow = day + timedelta(days=1)
    return (
        datetime.combine(day, time(0), tzinfo=ZoneInfo(zone)),
        datetime.combine(tomorrow, time(0), tzinfo=ZoneInfo(zone)),
    )
