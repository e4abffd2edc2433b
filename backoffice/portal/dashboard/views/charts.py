"""Charts of a period, for everything, one property or one charger."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from authorization.decide import reasons
from authorization.people import access
from authorization.people.request import now, stated, viewer
from authorization.people.roles import Right
from billing.charts import bars, heat, strips
from billing.charts.bars import Chart, Sold
from billing.charts.strips import Series
from billing.formatting.money import money
from billing.sessions.trends import trends
from billing.sessions.trends.trends import Days, Scope
from chargers.availability import outages
from chargers.availability.uptime import Uptime
from chargers.formatting.quantities import kilowatt_hours
from chargers.models import Charger
from chargers.text import percentages, reporting_periods

_MOST_SESSIONS = 50_000
"""With more sessions the chart by kind of line is left out, because the page would wait for all their price reports."""
_MOST_CHARGERS = 50
_STRIPS_OF_HOME = 3


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
        share = percentages.rounded(self.allowed, self.attempts, digits=1)
        return "" if share is None else str(share)


@login_required
@require_safe
def charts(request: HttpRequest) -> HttpResponse:
    """Shows the charts, each with a table, and the same totals as the dashboard.

    Home requests only the first charts, with `HX-Request`, and shows them below its figures.
    """
    user = viewer(request)
    scope = _scope(request)
    sees_money = access.may_somewhere(user, Right.SEE_MONEY)
    if request.headers.get("HX-Request"):
        return _of_home(request, scope, sees_money=sees_money)
    days = trends.by_day(scope)
    reports = {code: count for code, count in trends.refusals_by_reason(scope) if code in reasons.CATALOGUE}
    context = {
        "room": "dashboard",
        "period": scope.period,
        "periods": reporting_periods.TITLES.items(),
        "zone": scope.zone,
        "properties": access.properties(user).order_by("name"),
        "chargers": _choices(scope),
        "scope": scope,
        "query": _query(scope),
        "strips": strips.drawn(_series(days, scope, sees_money=sees_money), days=scope.period.days),
        "kinds": _by_kind(days, scope) if sees_money else [],
        "week": heat.drawn(trends.busy_hours(scope)),
        **_by_charger(scope),
        "refusals": [(reasons.get(code), count) for code, count in reports.items()],
    }
    return render(request, "billing/charts.html", context)


def _of_home(request: HttpRequest, scope: Scope, *, sees_money: bool) -> HttpResponse:
    series = list(_series(trends.by_day(scope), scope, sees_money=sees_money))[:_STRIPS_OF_HOME]
    context = {"period": scope.period, "strips": strips.drawn(series, days=scope.period.days)}
    response = render(request, "billing/dashboard_days.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _by_charger(scope: Scope) -> dict[str, Any]:
    """Returns uptime and starts by charger, the worst uptime first. Six queries."""
    chargers = {charger.pk: charger for charger in scope.chargers().select_related("property")}
    until = min(scope.period.ends_at, now())
    availabilities = outages.of_chargers(list(chargers), since=scope.period.begins_at, now=until)
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
    return {"reliability": rows[:_MOST_CHARGERS], "more_chargers": max(len(rows) - _MOST_CHARGERS, 0)}


def _scope(request: HttpRequest) -> Scope:
    """Returns the requested scope. A property or charger that the user does not see is ignored."""
    user = viewer(request)
    places = access.properties(user)
    property_ = places.filter(slug=stated(request, "property")).first()
    chargers = access.chargers(user).filter(charger_id=stated(request, "charger"))
    charger = (chargers.filter(property=property_) if property_ else chargers).select_related("property").first()
    zone = charger.property.time_zone if charger else property_.time_zone if property_ else access.zone(places)
    period = reporting_periods.period_of(stated(request, "period"), zone=zone, now=now())
    return Scope(viewer=user, period=period, zone=zone, property_=property_, charger=charger)


def _choices(scope: Scope) -> Any:
    chargers = access.chargers(scope.viewer).filter(retired_at=None)
    return (chargers.filter(property=scope.property_) if scope.property_ else chargers).order_by("station_id")[:500]


def _query(scope: Scope) -> str:
    named = {
        "property": scope.property_.slug if scope.property_ else "",
        "charger": scope.charger.charger_id if scope.charger else "",
    }
    return "".join(f"&{name}={value}" for name, value in named.items() if value)


def _series(days: Days, scope: Scope, *, sees_money: bool) -> Iterator[Series]:
    listed = f"{reverse('billing:sessions')}?state=settled&settled={scope.period.code}"
    decisions = f"{reverse('authorization:decisions')}?kind=attempt&period={scope.period.code}{_query(scope)}"
    if sees_money:
        for currency, values in sorted(days.charged.items()):
            yield Series(title="Charged, with tax", values=values, text=_amount(currency))
        whole = scope.property_ is None and scope.charger is None
        yield Series(title="Sessions", values=days.sessions, text=str, href=listed if whole else "")
        yield Series(title="Energy", values=days.energy_wh, text=kilowatt_hours)
    yield Series(
        title="Starts allowed", values=days.accepted, text=str, style="ok", href=f"{decisions}&verdict=accepted"
    )
    yield Series(
        title="Starts refused", values=days.refused, text=str, style="bad", href=f"{decisions}&verdict=refused"
    )


def _amount(currency: str) -> Any:
    return lambda minor: money(minor, currency)


def _by_kind(days: Days, scope: Scope) -> list[Chart]:
    """Returns charts by kind of line, for whole hosts."""
    if sum(days.sessions.values()) > _MOST_SESSIONS:
        return []
    hosts = list(access.hosts_with(scope.viewer, Right.SEE_MONEY).values_list("pk", flat=True))
    charts = (
        bars.by_kind(
            Sold(
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
