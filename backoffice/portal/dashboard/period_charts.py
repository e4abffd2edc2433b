"""The charts of a period: what was charged, sessions, energy, starts, uptime and payouts by day, and why starts were
refused.

The sum of each column is the total of the list that it opens.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse

from authorization.decide.reasons import Reason
from authorization.insight import refusal_chart
from billing.charts import units
from billing.payouts.cycle import paid_payouts
from billing.sessions.lifecycle.filters import CHARGED, SETTLED
from billing.sessions.trends import trends
from billing.sessions.trends.trends import Days, Scope
from chargers.availability import outages, uptime
from chargers.availability.outages import Availability
from chargers.availability.uptime import Span
from chargers.formatting import day_charts
from chargers.formatting.day_charts import COUNT, Chart, DaySpan, Earlier, Series, Unit
from chargers.text import reporting_periods

_OF_HOME: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousFigures:
    """The figures of the period before; its charts are drawn behind those of the period."""

    scope: Scope
    days: Days
    availabilities: Mapping[int, Availability] = field(default_factory=dict)
    paid: Mapping[str, Mapping[date, int]] = field(default_factory=dict)

    @property
    def spans(self) -> list[DaySpan]:
        return day_charts.spans(self.scope.period.days)

    def summed(self, values: Mapping[date, int]) -> Earlier:
        parts = day_charts.sum_by_span(values, self.spans)
        return Earlier(spans=self.spans, values=parts, total=day_charts.total(parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """The data of the charts of a period, and their drawings."""

    spans: Sequence[DaySpan]
    series: list[Series]
    refused: list[Series]

    @property
    def drawn(self) -> list[Chart]:
        return [day_charts.draw(series, spans=self.spans) for series in self.series]

    @property
    def refused_drawn(self) -> list[Chart]:
        return day_charts.draw_together(self.refused, spans=self.spans)

    def named(self, key: str) -> Series | None:
        return next((series for series in (*self.series, *self.refused) if series.key == key), None)


def of_home(scope: Scope, *, sees_money: bool) -> list[Chart]:
    """Returns the first charts. Three queries."""
    spans = day_charts.spans(scope.period.days)
    series = list(_build_daily_series(scope, trends.by_day(scope), None, sees_money=sees_money))[:_OF_HOME]
    return [day_charts.draw(one_series, spans=spans) for one_series in series]


def of_scope(
    scope: Scope,
    days: Days,
    availabilities: Mapping[int, Availability],
    *,
    before: PreviousFigures | None,
    sees_money: bool,
) -> Charts:
    """Returns all charts. `availabilities` are those of the scope's chargers. Two queries."""
    series = list(_build_daily_series(scope, days, before, sees_money=sees_money))
    series.append(_uptime(scope, availabilities, before))
    if sees_money and scope.charger is None:
        series += _payouts(scope, before)
    spans = day_charts.spans(scope.period.days)
    refused = refusal_chart.series(
        trends.refusals_by_reason(scope),
        spans=spans,
        address=lambda reason: _decisions(scope, verdict="refused", reason=reason),
    )
    return Charts(spans=spans, series=series, refused=refused)


def previous_figures(scope: Scope, *, sees_money: bool) -> PreviousFigures:
    """Returns the figures of the period before. Ten queries."""
    earlier = replace(scope, period=reporting_periods.get_previous(scope.period))
    chargers = list(earlier.chargers().values_list("pk", flat=True))
    return PreviousFigures(
        scope=earlier,
        days=trends.by_day(earlier),
        availabilities=outages.of_chargers(chargers, since=earlier.period.begins_at, now=earlier.period.ends_at),
        paid=_payouts_by_day(earlier) if sees_money and scope.charger is None else {},
    )


def _build_daily_series(
    scope: Scope, days: Days, before: PreviousFigures | None, *, sees_money: bool
) -> Iterator[Series]:
    if sees_money:
        currencies = sorted({*days.charged, *(before.days.charged if before else ())})
        for currency in currencies:
            yield _build_series(
                scope,
                days.charged.get(currency, {}),
                before.summed(before.days.charged.get(currency, {})) if before else None,
                key=f"charged-{currency.lower()}",
                title="Charged, with tax",
                unit=units.amount(currency),
                href=_sessions(scope, by=CHARGED, currency=currency),
            )
        settled = _sessions(scope, by=SETTLED)
        yield _build_series(
            scope,
            days.energy_wh,
            before.summed(before.days.energy_wh) if before else None,
            key="energy",
            title="Energy",
            unit=units.ENERGY,
            href=settled,
        )
        yield _build_series(
            scope,
            days.sessions,
            before.summed(before.days.sessions) if before else None,
            key="sessions",
            title="Sessions",
            unit=COUNT,
            href=settled,
        )
    for word, verdict, values, earlier, style in (
        ("allowed", "accepted", days.accepted, before.days.accepted if before else {}, "ok"),
        ("refused", "refused", days.refused, before.days.refused if before else {}, "bad"),
    ):
        yield _build_series(
            scope,
            values,
            before.summed(earlier) if before else None,
            key=f"starts-{word}",
            title=f"Starts {word}",
            unit=COUNT,
            href=_decisions(scope, verdict=verdict),
            style=style,
        )


def _build_series(
    scope: Scope,
    values: Mapping[date, int],
    earlier: Earlier | None,
    *,
    key: str,
    title: str,
    unit: Unit,
    href: str,
    style: str = "busy",
) -> Series:
    spans = day_charts.spans(scope.period.days)
    return day_charts.build_count_series(
        values, spans=spans, key=key, title=title, unit=unit, href=href, style=style, earlier=earlier
    )


def _uptime(scope: Scope, availabilities: Mapping[int, Availability], before: PreviousFigures | None) -> Series:
    values, total = _uptime_of(scope, availabilities)
    earlier = None
    if before:
        earlier_values, earlier_total = _uptime_of(before.scope, before.availabilities)
        earlier = Earlier(spans=before.spans, values=earlier_values, total=earlier_total)
    charger = scope.charger
    return Series(
        key="uptime",
        title="Uptime",
        unit=units.PERCENT,
        values=values,
        total=total,
        style="ok",
        href=reverse("chargers:uptime", args=[charger.charger_id]) if charger else "",
        earlier=earlier,
        top=100_00,
        names_peak=False,
    )


def _uptime_of(scope: Scope, availabilities: Mapping[int, Availability]) -> tuple[list[int | None], int | None]:
    """Returns the uptime of each span of days and of the period, in hundredths of a percent."""
    ports = [port for availability in availabilities.values() for port in availability.ports]
    spans = [
        Span(*reporting_periods.day_bounds(span.first, span.last, zone=scope.zone, bounding_period=scope.period))
        for span in day_charts.spans(scope.period.days)
    ]
    together = sum((port.uptime for port in ports), uptime.zero_times())
    return [_hundredths(part.pct) for part in outages.by_span(ports, spans)], _hundredths(together.pct)


def _hundredths(pct: Any) -> int | None:
    return None if pct is None else int(pct * 100)


def _payouts(scope: Scope, before: PreviousFigures | None) -> list[Series]:
    paid = _payouts_by_day(scope)
    currencies = sorted({*paid, *(before.paid if before else ())})
    return [
        _build_series(
            scope,
            paid.get(currency, {}),
            before.summed(before.paid.get(currency, {})) if before else None,
            key=f"payouts-{currency.lower()}",
            title="Paid out",
            unit=units.amount(currency),
            href=f"{reverse('billing:payout-hosts')}?{urlencode(_payout_query(scope) | {'currency': currency})}",
            style="ok",
        )
        for currency in currencies
    ]


def _payouts_by_day(scope: Scope) -> Mapping[str, Mapping[date, int]]:
    rows = paid_payouts.list_between(scope.viewer, since=scope.period.begins_at, until=scope.period.ends_at)
    if scope.property_ is not None:
        rows = rows.filter(property=scope.property_)
    return paid_payouts.by_day(rows, zone=scope.zone)


def _sessions(scope: Scope, *, by: str, currency: str = "") -> str:
    """Returns the address of the list of sessions that a chart counts."""
    params: dict[str, object] = {"by": by, "within": scope.period.code}
    if scope.charger:
        params["charger"] = scope.charger.charger_id
    elif scope.property_:
        params["property"] = scope.property_.pk
    if currency:
        params["currency"] = currency
    return f"{reverse('billing:sessions')}?{urlencode(params)}"


def _decisions(scope: Scope, *, verdict: str, reason: Reason | None = None) -> str:
    params = {"kind": "attempt", "period": scope.period.code, "verdict": verdict}
    if scope.charger:
        params["charger"] = scope.charger.charger_id
    elif scope.property_:
        params["property"] = scope.property_.slug
    if reason:
        params["reason"] = reason.code
    return f"{reverse('authorization:decisions')}?{urlencode(params)}"


def _payout_query(scope: Scope) -> dict[str, str]:
    params = {"within": scope.period.code}
    return params | {"property": scope.property_.slug} if scope.property_ else params
