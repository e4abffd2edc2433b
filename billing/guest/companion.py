"""A guest shares a running session: the link is made and withdrawn here, and this is what a companion sees."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.guest import documents
from billing.models import CompanionLink, Session
from billing.pricing import session_facts
from billing.sessions.companions import links
from billing.sessions.starting import running
from billing.sessions.visitors import limits

_AN_HOUR: Final = 30


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, secret: str) -> HttpResponse:
    """Makes the link, which only this answer shows."""
    session = documents.session_of(secret)
    if not links.can_be_made(session):
        return redirect("guest:session", secret=secret)
    link = ""
    if request.method == "POST":
        if limits.too_often(request, "companions", limit=_AN_HOUR, within_s=3600):
            text = gettext("Too many requests from here: try again in an hour.")
            return HttpResponse(text, status=HTTPStatus.TOO_MANY_REQUESTS)
        link_secret = links.make(session, shows_cost="cost" in request.POST, now=datetime.now(tz=UTC))
        link = request.build_absolute_uri(reverse("guest:companion", args=[link_secret]))
    context = {"session": session, "link": link, "existing": links.of_session(session)}
    return render(request, "guest/share.html", context)


@require_POST
def withdraw(request: HttpRequest, secret: str) -> HttpResponse:
    """Ends the link at once."""
    links.withdraw(documents.session_of(secret))
    return redirect("guest:share", secret=secret)


@never_cache
@require_safe
def watch(request: HttpRequest, secret: str) -> HttpResponse:
    """Shows the session to a companion: nothing on this page changes it, and nothing leads to the guest's own pages."""
    now = datetime.now(tz=UTC)
    link = links.find(secret, now=now)
    if link is None and request.htmx:  # type: ignore[attr-defined]
        response = HttpResponse(headers={"HX-Refresh": "true"})
    elif link is None:
        response = render(request, "guest/companion.html", {"session": None}, status=HTTPStatus.GONE)
    else:
        part = "#now" if request.htmx else ""  # type: ignore[attr-defined]
        context = {"address": reverse("guest:companion", args=[secret]), **_session_context(link, now=now)}
        response = render(request, f"guest/companion.html{part}", context)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _session_context(link: CompanionLink, *, now: datetime) -> dict[str, Any]:
    session = link.session
    row, is_charging = session.transaction, session.state == Session.State.CHARGING
    ongoing = running.load(session, now=now)
    is_idle = ongoing is not None and ongoing.idle is not None
    is_online = session.charger.is_online()
    began_at = session_facts.began_at(session)
    until = session.stopped_at or now
    return {
        "session": session,
        "is_charging": is_charging and not is_idle,
        "lost_since": session.charger.disconnected_at if is_charging and not is_online else None,
        "elapsed_s": max(int((until - began_at).total_seconds()), 0) if began_at else None,
        "energy_wh": row.energy_wh if row else None,
        "power_w": row.power_w if row and is_charging and not is_idle and is_online else None,
        "shows_cost": link.shows_cost,
        "cost": ongoing.cost if ongoing and link.shows_cost else None,
    }
