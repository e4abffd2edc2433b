"""The guests' pages as an app that can be installed: its manifest, its worker, and the page without a connection."""

import hashlib
from datetime import UTC, datetime
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from billing.branding import brands
from billing.sessions.visitors import own_sessions, waiting_cookie
from billing.sessions.waiting_list import waiting_list
from chargers.models import Host

_OUR_COLOUR: Final = "#0b5cad"
_BACKGROUND: Final = "#f6f7f9"
_ICONS: Final = (
    ("mark.svg", "any", "image/svg+xml", "any"),
    ("icons/app-192.png", "192x192", "image/png", "any"),
    ("icons/app-512.png", "512x512", "image/png", "any"),
    ("icons/app-maskable-512.png", "512x512", "image/png", "maskable"),
)
_CACHED: Final = ("portal.css", "mark.svg", "icons/app-192.png")
"""What the page without a connection is made of."""


@require_safe
@cache_control(public=True, max_age=3600)
def manifest(_request: HttpRequest, host: str = "") -> JsonResponse:
    """Returns the web app manifest with the name and the colour of the host (W3C Web Application Manifest)."""
    owner = get_object_or_404(Host, slug=host) if host else None
    brand = brands.find(owner) if owner else None
    name = owner.name if owner else gettext("EV charging")
    facts = {
        "id": reverse("guest:app"),
        "name": name,
        "short_name": name[:30],
        "lang": get_language() or "en",
        "start_url": reverse("guest:app"),
        "scope": "/",
        "display": "standalone",
        "background_color": _BACKGROUND,
        "theme_color": (brand.colour if brand else "") or _OUR_COLOUR,
        "icons": [
            {"src": static(file), "sizes": sizes, "type": kind, "purpose": purpose}
            for file, sizes, kind, purpose in _ICONS
        ],
    }
    return JsonResponse(facts, content_type="application/manifest+json")


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Leads to what this browser waits for: its session, else its place on a waiting list, else a charger."""
    now = datetime.now(tz=UTC)
    if (session := own_sessions.latest(request, now=now)) is not None:
        return redirect("guest:session", secret=session.secret)
    waiting = [
        guest for key in waiting_cookie.read_keys(request) if (guest := waiting_list.find(key, now=now)) is not None
    ]
    if waiting:
        held_guests = [guest for guest in waiting if guest.held_until is not None]
        return redirect("guest:waiting", key=(held_guests or waiting)[-1].key)
    return redirect("guest:enter")


@require_safe
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """Returns the service worker. Its scope is the folder of its address: the pages of sessions."""
    page, files = render_to_string("guest/app/offline.html", request=request), [static(name) for name in _CACHED]
    version = hashlib.sha256(f"{page}{files}".encode()).hexdigest()[:12]
    context = {
        "version": version,
        "files": files,
        "icon": static("icons/app-192.png"),
        "offline": reverse("guest:offline"),
        "app": reverse("guest:app"),
        "language": get_language() or "en",
    }
    return render(request, "guest/app/worker.js", context, content_type="text/javascript; charset=utf-8")


@require_safe
@cache_control(no_cache=True)
def offline(request: HttpRequest) -> HttpResponse:
    """The page that the worker keeps: it is the same for everybody who reads its language."""
    return render(request, "guest/app/offline.html")
