"""Pages of decisions, of the chain that makes them, and of the reasons."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
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
from authorization.models import Decision, MobilityProvider, User
from authorization.people import access
from authorization.people.request import now, read_query_param, viewer
from chargers.formatting import day_charts
from chargers.formatting.day_charts import DaySpan, Series
from chargers.lib import ids
from chargers.text import reporting_periods, spreadsheets

_PAGE = 25
"""Fills three or four screens of a phone."""
_NARROWING = ("q", "kind", "charger", "property", "msp")
_FILTERS = (*_NARROWING, "verdict", "reason", "days", "hours", "on", "to", "period")
ATTEMPT = "attempt"
"""A value of the filter `kind`: decisions about starts, and cards refused before a start."""
_CHART_DAYS = 30
_MAX_CHART_DAYS = 90


@login_required
@require_safe
def decision_list(request: HttpRequest) -> HttpResponse:
    """Lists decisions, with a chart of refusals by reason."""
    user = viewer(request)
    filters = {name: read_query_param(request, name) for name in _FILTERS}
    zone = _zone(user, filters)
    matching = _matching(user, filters, zone=zone)
    decisions = matching.select_related("charger__property", "token").order_by("-id")
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
        "zone": zone,
        "day": _day_span(filters),
        **(_charts(matching, filters, zone=zone) if before is None else {}),
        "period": reporting_periods.TITLES.get(filters["period"]),
    }
    return render(request, "authorization/decisions.html", context)


@login_required
@require_safe
def decision_chart_csv(request: HttpRequest) -> HttpResponse:
    """Downloads the charts of the list with the same filters: a row for each day, a column for each reason."""
    user = viewer(request)
    filters = {name: read_query_param(request, name) for name in _FILTERS}
    zone = _zone(user, filters)
    days = _chart_days(filters, zone=zone)
    rows = _series(_matching(user, filters, zone=zone), filters, days=days, zone=zone)
    header = ["first_day", "last_day", *(row.title for row in rows)]
    lines = [
        [span.first, span.last, *(row.values[at] for row in rows)] for at, span in enumerate(day_charts.spans(days))
    ]
    response = HttpResponse(spreadsheets.render_csv(header, lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="decisions-by-day.csv"'
    return response


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


def _matching(user: User, filters: dict[str, str], *, zone: str) -> QuerySet[Decision]:
    return _filter_by_time(
        _filter_by_verdict(_filter_by_subject(access.decisions(user), filters), filters), filters, zone=zone
    )


def _filter_by_subject(decisions: QuerySet[Decision], filters: dict[str, str]) -> QuerySet[Decision]:
    """Filters by card, kind of question, charger, property and provider."""
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


def _filter_by_verdict(decisions: QuerySet[Decision], filters: dict[str, str]) -> QuerySet[Decision]:
    """Filters by verdict and reason."""
    if filters["verdict"] in Decision.Verdict.values:
        decisions = decisions.filter(verdict=filters["verdict"])
    if filters["reason"] in reasons.CATALOGUE:
        decisions = decisions.filter(reason=filters["reason"])
    return decisions


def _filter_by_time(decisions: QuerySet[Decision], filters: dict[str, str], *, zone: str) -> QuerySet[Decision]:
    """Filters by the last days or hours, a reporting period or one day; periods and days are in that time zone."""
    if days := _number(filters["days"]):
        decisions = decisions.filter(id__gte=ids.floor(now() - timedelta(days=days)))
    if hours := _number(filters["hours"]):
        decisions = decisions.filter(id__gte=ids.floor(now() - timedelta(hours=hours)))
    if filters["period"] in reporting_periods.TITLES:
        period = reporting_periods.period_of(filters["period"], zone=zone, now=now())
        decisions = decisions.filter(id__gte=ids.floor(period.begins_at), id__lt=ids.floor(period.ends_at))
    if span := _day_span(filters):
        begin, end = refusals.bounds(span.first, zone)[0], refusals.bounds(span.last, zone)[1]
        decisions = decisions.filter(id__gte=ids.floor(begin), id__lt=ids.floor(end))
    return decisions


def _charts(matching: QuerySet[Decision], filters: dict[str, str], *, zone: str) -> dict[str, Any]:
    """Returns the charts of what the filters leave, and their total; of single days or hours only the total.

    Without a filter by time they show the last 30 days. One query.
    """
    if filters["hours"] or _day_span(filters):
        return {"total": matching.count()}
    days = _chart_days(filters, zone=zone)
    spans = day_charts.spans(days)
    rows = _series(matching, filters, days=days, zone=zone)
    is_accepted = filters["verdict"] == Decision.Verdict.ACCEPTED
    joint_charts = day_charts.draw_together(rows, spans=spans)
    return {
        "charts": joint_charts,
        "charts_rows": day_charts.joint_rows(joint_charts),
        "charts_title": "Accepted by day" if is_accepted else "Refusals by reason",
        "charts_total": sum(row.total or 0 for row in rows),
        "charts_word": "accepted" if is_accepted else "refused",
        "charts_days": DaySpan(days[0], days[-1]),
    }


def _series(matching: QuerySet[Decision], filters: dict[str, str], *, days: Sequence[date], zone: str) -> list[Series]:
    """Returns the data of the charts: refusals by reason, or what was accepted if the page shows only that."""
    spans = day_charts.spans(days)
    if filters["verdict"] != Decision.Verdict.ACCEPTED:
        by_reason = refusals.by_day(matching, days=days, zone=zone)
        return refusal_chart.series(
            by_reason, spans=spans, address=lambda reason: _address(filters, reason=reason.code)
        )
    values = refusals.accepted_by_day(matching, days=days, zone=zone)
    href = _address(filters)
    return [day_charts.build_count_series(values, spans=spans, key="accepted", title="Accepted", href=href, style="ok")]


def _address(filters: dict[str, str], *, reason: str = "") -> str:
    """Returns the address of the same list, narrowed to the decisions of one chart."""
    of_chart = {"verdict": "refused", "reason": reason} if reason else {"verdict": "accepted"}
    stated_filters = {name: value for name, value in filters.items() if value} | of_chart
    return f"?{urlencode(stated_filters)}"


def _chart_days(filters: dict[str, str], *, zone: str) -> list[date]:
    if span := _day_span(filters):
        return [span.first + timedelta(days=ahead) for ahead in range(span.size)]
    if filters["period"] in reporting_periods.TITLES:
        return reporting_periods.period_of(filters["period"], zone=zone, now=now()).days
    size = min(_number(filters["days"]) or _CHART_DAYS, _MAX_CHART_DAYS)
    last = now().astimezone(ZoneInfo(zone))
    first = (now() - timedelta(days=size)).astimezone(ZoneInfo(zone)) if filters["days"] else last - timedelta(size - 1)
    return [first.date() + timedelta(days=ahead) for ahead in range((last.date() - first.date()).days + 1)]


def _day_span(filters: dict[str, str]) -> DaySpan | None:
    return day_charts.read_span(filters["on"], filters["to"])


def _zone(user: User, filters: dict[str, str]) -> str:
    """Returns the zone of the chosen property or charger, or the one shared by all that the user sees; else UTC."""
    visible = access.properties(user)
    if filters["charger"]:
        visible = visible.filter(chargers__charger_id=filters["charger"])
    elif filters["property"]:
        visible = visible.filter(slug=filters["property"])
    return access.zone(visible)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else 0
