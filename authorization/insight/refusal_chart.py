"""The data of the charts of refusals: one for each reason. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from authorization.decide.reasons import Reason
from chargers.formatting import day_charts
from chargers.formatting.day_charts import DaySpan, Series


@dataclass(frozen=True, slots=True)
class ReasonDays:
    """How often one reason refused on each day; days without a refusal are absent."""

    reason: Reason
    counts: Mapping[date, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def series(rows: Iterable[ReasonDays], *, spans: Sequence[DaySpan], address: Callable[[Reason], str]) -> list[Series]:
    """Returns the data of the charts. `address` returns that of the reason's decisions, with parameters."""
    return [
        day_charts.build_count_series(
            row.counts,
            spans=spans,
            key=f"refused-{row.reason.code}",
            title=row.reason.title,
            href=address(row.reason),
            style="bad",
        )
        for row in rows
    ]
