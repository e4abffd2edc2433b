"""Decisions, the way they are made, and the reasons they give."""

import uuid
from datetime import timedelta
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from authorization import access, flowchart, reasons
from authorization.models import Decision
from chargers import ids
from chargers.views.frame import now, viewer

_PAGE = 50


@login_required
@require_safe
def decision_list(request: HttpRequest) -> HttpResponse:
    """Who was refused, for what, and is it one cause?"""
    found = access.decisions(viewer(request)).select_related("charger__property", "token").order_by("-id")
    names = ("q", "verdict", "reason", "kind", "charger", "days")
    filters = {name: request.GET.get(name, "").strip() for name in names}
    query, verdict, reason = (filters[name] for name in ("q", "verdict", "reason"))
    if query:
        found = found.filter(uid__icontains=query) | found.filter(canonical_uid__iexact=query)
    if verdict in Decision.Verdict.values:
        found = found.filter(verdict=verdict)
    if reason in reasons.CATALOGUE:
        found = found.filter(reason=reason)
    found = _narrowed(found, filters)
    if (before := _key(request)) is not None:
        found = found.filter(id__lt=before)
    page = list(found[: _PAGE + 1])
    context = {
        "room": "authorization",
        "tab": "decisions",
        "rows": [(decision, reasons.CATALOGUE.get(decision.reason)) for decision in page[:_PAGE]],
        "older": page[_PAGE - 1].id if len(page) > _PAGE else None,
        "catalogue": reasons.CATALOGUE.values(),
        "filters": filters,
        "query": urlencode({name: value for name, value in filters.items() if value}),
    }
    return render(request, "authorization/decisions.html", context)


@login_required
@require_safe
def decision_page(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """One decision with its trace."""
    found = access.decisions(viewer(request)).select_related("charger__property", "token")
    decision = found.filter(id=decision_id).first()
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
    """The chain as it is, drawn: its steps in order, and where each lets in or refuses."""
    context = {"room": "authorization", "tab": "how", "chart": flowchart.empty()}
    return render(request, "authorization/how_it_works.html", context)


@login_required
@require_safe
def reason_list(request: HttpRequest) -> HttpResponse:
    """Every reason with what it means and what to do, as each audience reads it."""
    context = {"room": "authorization", "tab": "reasons", "catalogue": reasons.CATALOGUE.values()}
    return render(request, "authorization/reasons.html", context)


def _narrowed(found: QuerySet[Decision], filters: dict[str, str]) -> QuerySet[Decision]:
    """By what other pages link with: the kind of question, one charger, the last days."""
    if filters["kind"]:
        found = found.filter(kind=filters["kind"])
    if filters["charger"]:
        found = found.filter(charger__charger_id=filters["charger"])
    if filters["days"].isdecimal() and len(filters["days"]) <= 4:
        found = found.filter(id__gte=ids.floor(now() - timedelta(days=int(filters["days"]))))
    return found


def _key(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.GET["before"])
    except (KeyError, ValueError):
        return None
