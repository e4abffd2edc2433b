"""The list of sessions: filtered, added up and downloaded."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from authorization.models import User
from authorization.people import access as people
from authorization.people.request import now, read_query_param, viewer
from authorization.people.roles import Right
from billing import access
from billing.models import Session
from billing.payments.books import figures, session_totals
from billing.sessions.lifecycle import listing, session_csv
from billing.sessions.lifecycle.filters import CHARGED, OURS, OWN, SessionFilter
from chargers.formatting.day_charts import DaySpan
from chargers.lib import ids, streams
from chargers.models import Property
from chargers.pages import live
from chargers.text import reporting_periods

_PAGE = 50


def _version(request: HttpRequest) -> str:
    """Returns a version of the first page's sessions and their transactions.

    One indexed query, plus one for the filter's time zone.
    """
    rows = listing.newest_first(_filter(request).qs).annotate(
        written=live.row_version("billing_session"), measured=live.row_version("chargers_transaction")
    )
    return live.digest(
        list(rows.select_related(None).values_list("pk", "written", "transaction__register_wh", "measured")[:_PAGE])
    )


@login_required
@require_safe
@live.follows(_version)
def session_list(request: HttpRequest) -> HttpResponse:
    """Lists sessions, latest start first, with every amount in its currency."""
    user, at = viewer(request), now()
    session_filter = _filter(request)
    rows = session_filter.qs if session_filter.is_valid() else session_filter.queryset.none()
    is_narrowed = any(request.GET.get(name) for name in SessionFilter.Meta.fields)
    totals, unpriced = _sums(rows) if is_narrowed else session_totals.of_viewer(user, now=at)
    before = ids.read(request.GET.get("before"))
    sessions = listing.newest_first(listing.annotate_details(rows), before=before)
    page = list(sessions.select_related("charger", "property", "token", "transaction")[: _PAGE + 1])
    query = request.GET.copy()
    query.pop("before", None)
    context = {
        "room": "sessions",
        "filter": session_filter,
        **_build_days_context(session_filter, rows, totals, unpriced, user=user),
        "totals": totals,
        "unpriced": unpriced,
        "bridge": _bridge(session_filter, totals, request),
        "period": reporting_periods.TITLES.get(request.GET.get("settled", "")),
        "ended": reporting_periods.TITLES.get(request.GET.get("ended", "")),
        "rows": [
            (session, listing.LOOKS[Session.State(session.state)], listing.duration(session, now=at))
            for session in page[:_PAGE]
        ],
        "older": page[_PAGE - 1].pk if len(page) > _PAGE else None,
        "is_first_page": before is None,
        "query": query.urlencode(),
        "sees_money": bool(page) or people.may_somewhere(user, Right.SEE_MONEY),
        "is_narrowed": is_narrowed,
    }
    return render(request, "billing/sessions.html", context)


def _build_days_context(
    session_filter: SessionFilter,
    rows: QuerySet[Session],
    totals: list[session_totals.Totals],
    unpriced: session_totals.UnpricedSessions,
    *,
    user: User,
) -> dict[str, Any]:
    """Returns the days and sums of a list that a chart opened, which are those of the chart."""
    filter_values = getattr(session_filter.form, "cleaned_data", {}) if session_filter.is_valid() else {}
    by = filter_values.get("by")
    if not by or (days := session_filter.asked_days()) is None:
        return {}
    zone = ZoneInfo(session_filter.zone)
    first, last = (at.astimezone(zone).date() for at in (days[0], days[1] - timedelta(microseconds=1)))
    context: dict[str, Any] = {"by": by, "days": DaySpan(first, max(first, last)), "days_zone": session_filter.zone}
    if by == CHARGED:
        books = figures.charges(figures.visible_books(user).rows(), since=days[0], until=days[1])
        charged = figures.sum_charges(books.filter(entry__session__in=rows.order_by().values("pk")))
        return context | {"charged": [pair for pair in charged.items() if filter_values["currency"] in {"", pair[0]}]}
    return context | {
        "days_sessions": sum(sums.sessions for sums in totals) + unpriced.sessions,
        "days_energy_wh": sum(sums.energy_wh for sums in totals) + unpriced.energy_wh,
    }


def _sums(rows: QuerySet[Session]) -> tuple[list[session_totals.Totals], session_totals.UnpricedSessions]:
    return session_totals.calculate(rows), session_totals.count_unpriced(rows)


@login_required
@require_safe
def session_list_csv(request: HttpRequest) -> HttpResponseBase:
    """Returns every session that matches the filter as CSV, in the order of the list; 400 for an invalid filter."""
    session_filter = _filter(request)
    if not session_filter.is_valid():
        return _render_filter_errors(session_filter)
    sessions = listing.newest_first(listing.annotate_details(session_filter.qs))
    at = now()
    rows = sessions.select_related("charger", "property", "token", "transaction", "host").iterator(chunk_size=500)
    pieces, name = session_csv.render_pieces(rows, now=at), f"sessions-{at:%Y-%m-%d}.csv"
    return streams.build_download(request, pieces, name=name, content_type="text/csv; charset=utf-8")


def _render_filter_errors(session_filter: SessionFilter) -> HttpResponse:
    lines = [
        f"{session_filter.form[name].label}: {error}"
        for name, errors in session_filter.form.errors.items()
        for error in errors
    ]
    return HttpResponseBadRequest("\n".join(lines), content_type="text/plain; charset=utf-8")


def _filter(request: HttpRequest) -> SessionFilter:
    user = viewer(request)
    properties = people.properties(user)
    zone = people.zone(_filter_zone_properties(properties, request))
    return SessionFilter(request.GET, queryset=access.sessions(user), properties=properties, zone=zone, now=now())


def _filter_zone_properties(properties: QuerySet[Property], request: HttpRequest) -> QuerySet[Property]:
    """Returns the properties in whose zone the days of a reporting period are meant."""
    if charger := read_query_param(request, "charger"):
        return properties.filter(chargers__charger_id=charger)
    property_id = read_query_param(request, "property")
    return (
        properties.filter(pk=property_id)
        if property_id.isascii() and property_id.isdecimal() and len(property_id) < 10
        else properties
    )


def _bridge(
    session_filter: SessionFilter, totals: list[session_totals.Totals], request: HttpRequest
) -> session_totals.Bridge | None:
    """Returns how the list's sums lead to the dashboard's figure that links here; None for any other list."""
    filter_values = {name: value for name, value in getattr(session_filter.form, "cleaned_data", {}).items() if value}
    is_linked = (
        filter_values.keys() == {"state", "audience", "currency", "settled"}
        and filter_values["state"] == Session.State.SETTLED
    )
    if len(totals) != 1 or not is_linked:
        return None
    make = {OURS: session_totals.to_earned, OWN: session_totals.to_own}.get(filter_values["audience"])
    period = session_filter.asked_period()
    return make(totals[0], viewer(request), since=period.begins_at, until=period.ends_at) if make and period else None
