"""Pages of decisions, of the chain that makes them, and of the reasons."""

import uuid
from datetime import date, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from authorization.decide import reasons
from authorization.identifiers import uids
from authorization.insight import flowchart, refusal_chart, refusals
from authorization.insight.refusal_chart import Chart
from authorization.models import Decision, MobilityProvider, User
from authorization.people import access
from authorization.people.request import now, stated, viewer
from chargers.lib import ids
from chargers.text import reporting_periods

_PAGE = 25
"""Fills three or four screens of a phone."""
_NARROWING = ("q", "kind", "charger", "property", "msp")
_FILTERS = (*_NARROWING, "verdict", "reason", "days", "hours", "on", "period")
ATTEMPT = "attempt"
"""A value of the filter `kind`: decisions about starts, and cards refused before a start."""
_CHART_DAYS = 30
_MOST_CHART_DAYS = 90
_EARLIEST = date(2000, 1, 1)


@login_required
@require_safe
def decision_list(request: HttpRequest) -> HttpResponse:
    """Lists decisions, with a chart of refusals by reason."""
    user = viewer(request)
    filters = {name: stated(request, name) for name in _FILTERS}
    zone = _zone(user, filters)
    narrowed = _narrowed(access.decisions(user), filters)
    decisions = _of_time(_answered(narrowed, filters), filters, zone=zone)
    decisions = decisions.select_related("charger__property", "token").order_by("-id")
    if (before := ids.read(request.GET.get("before"))) is not None:
        decisions = decisions.filter(id__lt=before)
    page = list(decisions[: _PAGE + 1])
    context = {
        "room": "authorization",
        "tab": "decisions",
        "rows": [(decision, reasons.CATALOGUE.get(decision.reason)) for decision in page[:_PAGE]],
        "older": page[_PAGE - 1].id if len(page) > _PAGE else None,
        "catalogue": reasons.CATALOGUE.values(),
        "properties": access.properties(user).order_by("name"),
        "providers": MobilityProvider.objects.order_by("name"),
        "filters": filters,
        "query": urlencode({name: value for name, value in filters.items() if value}),
        "chart": _chart(narrowed, filters, zone=zone) if before is None else None,
        "chart_query": urlencode({name: filters[name] for name in _NARROWING if filters[name]}),
        "zone": zone,
        "period": reporting_periods.TITLES.get(filters["period"]),
    }
    return render(request, "authorization/decisions.html", context)


@login_required
@require_safe
def decision_page(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Shows one decision with its trace."""
    decisions = access.decisions(viewer(request)).select_related("charger__property", "token")
    decision = decisions.filter(id=decision_id).first()
    if decision is None:
        raise Http404
    context = {
        "room": "authorization",
        "tab": "decisions",
        "decision": decision,
        "reason": reasons.CATALOGUE.get(decision.reason),
        "charger": decision.charger,
        "chart": flowchart.of_decision(decision.trace, reason=decision.reason),
    }
    return render(request, "authorization/decision.html", context)


@login_required
@require_safe
def how_it_works(request: HttpRequest) -> HttpResponse:
    """Draws the chain: its steps in order, and where each lets in or refuses."""
    context = {"room": "authorization", "tab": "how", "chart": flowchart.empty()}
    return render(request, "authorization/how_it_works.html", context)


@login_required
@require_safe
def reason_list(request: HttpRequest) -> HttpResponse:
    """Lists every reason with its meaning and next steps, as each audience reads them."""
    context = {"room": "authorization", "tab": "reasons", "catalogue": reasons.CATALOGUE.values()}
    return render(request, "authorization/reasons.html", context)


def _narrowed(decisions: QuerySet[Decision], filters: dict[str, str]) -> QuerySet[Decision]:
    """Filters by card, kind of question, charger, property and provider; the chart uses the same filters."""
    if query := filters["q"]:
        decisions = decisions.filter(Q(uid__icontains=query) | Q(canonical_uid__iexact=uids.from_wire(query) or query))
    if filters["kind"] == ATTEMPT:
        decisions = refusals.attempts(decisions)
    elif filters["kind"]:
        decisions = decisions.filter(kind=filters["kind"])
    if filters["charger"]:
        decisions = decisions.filter(charger__charger_id=filters["charger"])
    if filters["property"]:
        decisions = decisions.filter(charger__property__slug=filters["property"])
    if filters["msp"]:
        country_code, _, party_id = filters["msp"].partition("-")
        decisions = decisions.filter(token__msp__country_code=country_code, token__msp__party_id=party_id)
    return decisions


def _answered(decisions: QuerySet[Decision], filters: dict[str, str]) -> QuerySet[Decision]:
    """Filters by verdict and reason."""
    if filters["verdict"] in Decision.Verdict.values:
        decisions = decisions.filter(verdict=filters["verdict"])
    if filters["reason"] in reasons.CATALOGUE:
        decisions = decisions.filter(reason=filters["reason"])
    return decisions


def _of_time(decisions: QuerySet[Decision], filters: dict[str, str], *, zone: str) -> QuerySet[Decision]:
    """Filters by the last days or hours, a reporting period or one day; periods and days are in that time zone."""
    if days := _number(filters["days"]):
        decisions = decisions.filter(id__gte=ids.floor(now() - timedelta(days=days)))
    if hours := _number(filters["hours"]):
        decisions = decisions.filter(id__gte=ids.floor(now() - timedelta(hours=hours)))
    if filters["period"] in reporting_periods.TITLES:
        period = reporting_periods.period_of(filters["period"], zone=zone, now=now())
        decisions = decisions.filter(id__gte=ids.floor(period.begins_at), id__lt=ids.floor(period.ends_at))
    if day := _day(filters["on"]):
        begin, end = refusals.bounds(day, zone)
        decisions = decisions.filter(id__gte=ids.floor(begin), id__lt=ids.floor(end))
    return decisions


def _chart(narrowed: QuerySet[Decision], filters: dict[str, str], *, zone: str) -> Chart:
    """Returns the chart of the chosen days, at most 90, else of the last 30.

    The verdict and day filters do not narrow it.
    """
    size = min(_number(filters["days"]) or _CHART_DAYS, _MOST_CHART_DAYS)
    today = now().astimezone(ZoneInfo(zone)).date()
    days = [today - timedelta(days=ago) for ago in reversed(range(size))]
    series = refusals.by_day(narrowed, days=days, zone=zone)
    if filters["reason"] in reasons.CATALOGUE:
        series = [reason_series for reason_series in series if reason_series.reason.code == filters["reason"]]
    return refusal_chart.drawn(series, days=days)


def _zone(user: User, filters: dict[str, str]) -> str:
    """Returns the chosen property's time zone, or the one shared by all properties that the user sees; else UTC."""
    visible = access.properties(user)
    if filters["property"]:
        visible = visible.filter(slug=filters["property"])
    return access.zone(visible)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else 0


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _EARLIEST <= day < date.max else None
