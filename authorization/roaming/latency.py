"""Mobility providers' response times: percentiles by hour or by day, in UTC."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.db.models import Aggregate, Count, FloatField, Q, QuerySet
from django.db.models.functions import Trunc

from authorization.models import IssuerQuestion
from chargers.lib import ids


class Scale(StrEnum):
    """The length of time that one bar stands for."""

    HOUR = "hour"
    DAY = "day"


_STEPS: Final = {Scale.HOUR: timedelta(hours=1), Scale.DAY: timedelta(days=1)}
_BARS: Final = {Scale.HOUR: 24, Scale.DAY: 30}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One hour or day. `p50_ms` and `p99_ms` include timeouts; None without questions."""

    at: datetime
    asked: int = 0
    answered: int = 0
    p50_ms: int | None = None
    p99_ms: int | None = None


class _Percentile(Aggregate):
    function = "percentile_cont"
    template = "%(function)s(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def spans(questions: QuerySet[IssuerQuestion], *, scale: Scale, now: datetime) -> list[Span]:
    """Returns the last 24 hours or 30 days, oldest first, without gaps. One query."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    newest = hour if scale is Scale.HOUR else hour.replace(hour=0)
    times = [newest - _STEPS[scale] * back for back in reversed(range(_BARS[scale]))]
    recent = questions.filter(id__gte=ids.floor(times[0]), asked_at__gte=times[0], took_ms__isnull=False)
    rows = (
        recent.annotate(span=Trunc("asked_at", scale.value))
        .values("span")
        .annotate(
            asked=Count("pk"),
            answered=Count("pk", filter=Q(state=IssuerQuestion.State.ANSWERED)),
            p50=_Percentile("took_ms", fraction="0.5"),
            p99=_Percentile("took_ms", fraction="0.99"),
        )
        .order_by("span")
    )
    by_time = {
        row["span"]: Span(
            at=row["span"],
            asked=row["asked"],
            answered=row["answered"],
            p50_ms=round(row["p50"]),
            p99_ms=round(row["p99"]),
        )
        for row in rows
    }
    return [by_time.get(at) or Span(at=at) for at in times]
