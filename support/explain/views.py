"""Timeline pages of a charger and a session: filtered, as CSV, and redacted behind a link that expires."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from authorization.people import access as people
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from billing import access
from chargers.models import Charger
from chargers.pages.frame import frame_of
from support.explain import acts, charger_timeline, export, session_timeline, timeline
from support.explain.charger_timeline import Span
from support.explain.timeline import Moment

_AT_FIRST: Final = 40
"""How many moments of a charger are loaded at first; older ones can be unfolded."""
_OF_SESSION_AT_FIRST: Final = 80
"""How many moments of a session are shown at first, to keep the page small; `all=1` shows the others too."""
_PERIODS: Final = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def charger_page(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Shows the events at a charger, newest first.

    A POST creates the link for the manufacturer, which is shown once.
    """
    user, frame = viewer(request), frame_of(request, charger_id)
    charger = frame.charger
    period = request.GET.get("period", "24h")
    period = period if period in _PERIODS else "24h"
    span, link = Span(now() - _PERIODS[period], now() + timedelta(minutes=1)), ""
    if request.method == "POST":
        secret = acts.share(charger, span, by=user, now=now())
        link = request.build_absolute_uri(reverse("support:shared", args=[secret]))
    sources = _sources(request, charger)
    source = request.GET.get("source", "")
    selected_sources = [source] if source in sources else sources
    moments = charger_timeline.moments_of(charger, span, sources=selected_sources)
    if request.GET.get("as") == "csv":
        return _csv(moments, name=f"timeline-{charger.charger_id}")
    context = _context(moments, sources=sources, source=source, zone=charger.property.time_zone)
    may_share = people.may_at(user, Right.OPERATE, charger)
    newest_first = moments[::-1]
    context |= {"moments": newest_first[:_AT_FIRST], "older": newest_first[_AT_FIRST:]}
    page_context = {
        "charger": charger,
        "period": period,
        "periods": list(_PERIODS),
        "may_share": may_share,
        "link": link,
    }
    return render(
        request, "support/charger_timeline.html", context | page_context | {"frame": frame, "tab": "timeline"}
    )


@login_required
@never_cache
@require_safe
def session_page(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """Shows the events in a session, in order, filtered or as a file; grouped by kind as part of the session's page."""
    user = viewer(request)
    rows = access.sessions(user).select_related("charger__property", "property", "transaction__charger__property")
    session = rows.filter(pk=session_id).first()
    if session is None:
        raise Http404
    moments = session_timeline.moments_of(timeline.load(session))
    zone = session.property.time_zone
    if user.is_agent:
        moments = sorted([*moments, *session_timeline.tickets(session)], key=lambda moment: moment.at)
    if request.htmx:  # type: ignore[attr-defined]
        context = {"groups": session_timeline.groups(moments), "zone": zone, "session": session}
        return render(request, "support/moment_groups.html", context)
    sources = sorted({moment.source for moment in moments})
    source = request.GET.get("source", "")
    filtered = session_timeline.filter_by_source(moments, source=source if source in sources else "")
    if request.GET.get("as") == "csv":
        return _csv(filtered, name=f"timeline-{session.pk}")
    context = _context(filtered, sources=sources, source=source, zone=zone)
    if "all" not in request.GET:
        context |= {"moments": filtered[:_OF_SESSION_AT_FIRST], "left": len(filtered[_OF_SESSION_AT_FIRST:])}
    return render(request, "support/timeline.html", context | {"session": session, "charger": session.charger})


@never_cache
@require_safe
def shared_timeline(request: HttpRequest, secret: str) -> HttpResponse:
    """Shows the manufacturer facts about the hardware, without people, cards and prices; 404 after expiry."""
    link = acts.find(secret, now=now())
    if link is None:
        raise Http404
    charger: Charger = link.charger
    span = Span(link.begins_at, link.ends_at)
    moments = export.redact_moments(charger_timeline.moments_of(charger, span, sources=export.SHARED))
    if request.GET.get("as") == "csv":
        return _csv(moments, name=f"timeline-{charger.charger_id}")
    return render(request, "support/shared_timeline.html", {"link": link, "charger": charger, "moments": moments})


def _sources(request: HttpRequest, charger: Charger) -> list[str]:
    """Returns the sources that this viewer may see of the charger."""
    user = viewer(request)
    sources = list(charger_timeline.HARDWARE)
    if people.has_right(user, Right.MANAGE, charger.property.host):
        sources += charger_timeline.PEOPLE
    return [*sources, *charger_timeline.AGENTS] if user.is_agent else sources


def _context(moments: list[Moment], *, sources: list[str], source: str, zone: str) -> dict[str, Any]:
    return {"room": "chargers", "moments": moments, "sources": sources, "source": source, "zone": zone}


def _csv(moments: list[Moment], *, name: str) -> HttpResponse:
    exported_at: datetime = now()
    headers = {"Content-Disposition": f'attachment; filename="{name}-{exported_at:%Y%m%d-%H%M}.csv"'}
    return HttpResponse(export.as_csv(moments), content_type="text/csv; charset=utf-8", headers=headers)
