"""Charts of a period, for everything, one property or one charger."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from authorization.people import access
from authorization.people.request import now, read_query_param, viewer
from authorization.people.roles import Right
from backoffice.portal.dashboard import period_charts
from backoffice.portal.dashboard.period_charts import Charts
from billing.charts import bars, heat, units
from billing.charts.bars import Chart, Sales
from billing.sessions.trends import trends
from billing.sessions.trends.trends import Days, Scope
from chargers.availability import outages
from chargers.availability.outages import Availability
from chargers.availability.uptime import Uptime
from chargers.formatting import day_charts
from chargers.models import Charger
from chargers.text import percentages, reporting_periods, spreadsheets

_MAX_SESSIONS = 50_000
"""With more sessions the chart by kind of line is left out, because the page would wait for all their price reports."""
_MAX_CHARGERS = 50
_Table = tuple[list[str], list[list[object]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """A charger's reliability in the period: its uptime, and the attempts to start there."""

    charger: Charger
    uptime: Uptime
    attempts: int
    allowed: int

    @property
    def allowed_pct(self) -> str:
        """The percentage with one decimal; empty without an attempt."""
        share = percentages.round_share(self.allowed, self.attempts, digits=1)
        return "" if share is None else str(share)


@login_required
@require_safe
def charts(request: HttpRequest) -> HttpResponse:
    """Shows the charts, each with a table and links to what it counts, and with the same totals as the dashboard.

    Home requests only the first charts, with `HX-Request`, and shows them below its figures.
    """
    user = viewer(request)
    scope = _scope(request)
    sees_money = access.may_somewhere(user, Right.SEE_MONEY)
    if request.headers.get("HX-Request"):
        return _render_home_charts(request, scope, sees_money=sees_money)
    days = trends.by_day(scope)
    chargers, availabilities = _availabilities(scope)
    chart_set = _charts(request, scope, days, availabilities, sees_money=sees_money)
    refused = chart_set.refused_drawn
    context = {
        "room": "dashboard",
        "period": scope.period,
        "periods": reporting_periods.TITLES.items(),
        "zone": scope.zone,
        "note": _note(scope),
        "properties": access.properties(user).order_by("name"),
        "chargers": _choices(scope),
        "scope": scope,
        "query": _query(scope),
        "csv_query": f"?period={scope.period.code}{_query(scope)}{'&compare=1' if _compares(request) else ''}",
        "compares": _compares(request),
        "charts": chart_set.drawn,
        "refused": refused,
        "refused_rows": day_charts.joint_rows(refused),
        "sees_money": sees_money,
        "kinds": _charts_by_kind(days, scope) if sees_money else [],
        "week": heat.draw(trends.busy_hours(scope)),
        **_reliability_by_charger(scope, chargers, availabilities),
    }
    return render(request, "billing/charts.html", context)


@login_required
@require_safe
def chart_csv(request: HttpRequest, chart: str) -> HttpResponse:
    """Downloads one chart with the filters of the page: raw numbers, their units in the header."""
    scope = _scope(request)
    table = _table(request, scope, key=chart)
    if table is None:
        raise Http404
    response = HttpResponse(spreadsheets.render_csv(*table), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{chart}-{scope.period.code}.csv"'
    return response


def _table(request: HttpRequest, scope: Scope, *, key: str) -> _Table | None:
    if key == "hours":
        return _use_of_hours(scope)
    if not key.startswith("kinds-"):
        return _build_daily_table(request, scope, key=key)
    charts = _charts_by_kind(trends.by_day(scope), scope) if access.may_somewhere(scope.viewer, Right.SEE_MONEY) else []
    chart = next((chart for chart in charts if key == f"kinds-{chart.code}"), None)
    if chart is None:
        return None
    number = units.amount(chart.currency).number
    return ["kind", f"charged, with tax ({chart.currency})"], [[bar.label, number(bar.minor)] for bar in chart.bars]


def _build_daily_table(request: HttpRequest, scope: Scope, *, key: str) -> _Table | None:
    _, availabilities = _availabilities(scope)
    sees_money = access.may_somewhere(scope.viewer, Right.SEE_MONEY)
    chart_set = _charts(request, scope, trends.by_day(scope), availabilities, sees_money=sees_money)
    if key == "refusals":
        header = ["first_day", "last_day", *(series.title for series in chart_set.refused)]
        values = zip(*(series.values for series in chart_set.refused), strict=True) if chart_set.refused else ()
        return header, [[span.first, span.last, *row] for span, row in zip(chart_set.spans, values, strict=False)]
    series = chart_set.named(key)
    return day_charts.table(series, spans=chart_set.spans) if series else None


def _use_of_hours(scope: Scope) -> _Table:
    shares = trends.busy_hours(scope)
    rows = [
        [name, hour, round(100 * shares.get((weekday, hour), 0.0), 2)]
        for weekday, name in enumerate(heat.WEEKDAYS)
        for hour in range(24)
    ]
    return ["weekday", "hour", "time in use (%)"], rows


def _charts(
    request: HttpRequest, scope: Scope, days: Days, availabilities: Mapping[int, Availability], *, sees_money: bool
) -> Charts:
    before = period_charts.previous_figures(scope, sees_money=sees_money) if _compares(request) else None
    return period_charts.of_scope(scope, days, availabilities, before=before, sees_money=sees_money)


def _compares(request: HttpRequest) -> bool:
    return read_query_param(request, "compare") == "1"


def _note(scope: Scope) -> str:
    """Describes which days a chart shows, in which zone and of what, for pictures of it."""
    whose = f"{scope.charger.station_id}. " if scope.charger else f"{scope.property_}. " if scope.property_ else ""
    days = scope.period.days
    return f"{whose}{days[0]:%-d %b %Y} to {days[-1]:%-d %b %Y}, days of {scope.zone}."


def _render_home_charts(request: HttpRequest, scope: Scope, *, sees_money: bool) -> HttpResponse:
    charts = period_charts.of_home(scope, sees_money=sees_money)
    response = render(request, "billing/dashboard_days.html", {"period": scope.period, "charts": charts})
    patch_vary_headers(response, ["HX-Request"])
    return response


def _availabilities(scope: Scope) -> tuple[dict[int, Charger], Mapping[int, Availability]]:
    """Returns the chargers by primary key, and their availability in the period. Six queries."""
    chargers = {charger.pk: charger for charger in scope.chargers().select_related("property")}
    until = min(scope.period.ends_at, now())
    return chargers, outages.of_chargers(list(chargers), since=scope.period.begins_at, now=until)


def _reliability_by_charger(
    scope: Scope, chargers: Mapping[int, Charger], availabilities: Mapping[int, Availability]
) -> dict[str, Any]:
    """Returns uptime and starts by charger, the worst uptime first. One query."""
    starts = trends.starts_by_charger(scope)
    rows = [
        Reliability(
            charger=charger,
            uptime=availabilities[pk].together,
            attempts=starts.get(pk, (0, 0))[0],
            allowed=starts.get(pk, (0, 0))[1],
        )
        for pk, charger in chargers.items()
    ]
    rows.sort(key=lambda row: (row.uptime.pct if row.uptime.pct is not None else Decimal(101), row.charger.station_id))
    return {"reliability": rows[:_MAX_CHARGERS], "more_chargers": max(len(rows) - _MAX_CHARGERS, 0)}


def _scope(request: HttpRequest) -> Scope:
    """Returns the requested scope. A property or charger that the user does not see is ignored."""
    user = viewer(request)
    places = access.properties(user)
    slug, charger_id = read_query_param(request, "property"), read_query_param(request, "charger")
    property_ = places.filter(slug=slug).first() if slug else None
    chargers = access.chargers(user).filter(charger_id=charger_id).select_related("property")
    chargers = chargers.filter(property=property_) if property_ else chargers
    charger = chargers.first() if charger_id else None
    zone = charger.property.time_zone if charger else property_.time_zone if property_ else access.zone(places)
    period = reporting_periods.period_of(read_query_param(request, "period"), zone=zone, now=now())
    return Scope(viewer=user, period=period, zone=zone, property_=property_, charger=charger)


def _choices(scope: Scope) -> Any:
    chargers = access.chargers(scope.viewer).filter(retired_at=None)
    return (chargers.filter(property=scope.property_) if scope.property_ else chargers).order_by("station_id")[:500]


def _query(scope: Scope) -> str:
    params = {
        "property": scope.property_.slug if scope.property_ else "",
        "charger": scope.charger.charger_id if scope.charger else "",
    }
    return "".join(f"&{name}={value}" for name, value in params.items() if value)


def _charts_by_kind(days: Days, scope: Scope) -> list[Chart]:
    """Returns charts by kind of line, for whole hosts."""
    if sum(days.sessions.values()) > _MAX_SESSIONS:
        return []
    hosts = list(access.hosts_with(scope.viewer, Right.SEE_MONEY).values_list("pk", flat=True))
    charts = (
        bars.by_kind(
            Sales(
                hosts=hosts,
                currency=currency,
                begins_at=scope.period.begins_at,
                ends_at=scope.period.ends_at,
                property_id=scope.property_.pk if scope.property_ else None,
                charger=scope.charger.pk if scope.charger else None,
            )
        )
        for currency in sorted(days.charged)
    )
    return [chart for chart in charts if chart is not None]
