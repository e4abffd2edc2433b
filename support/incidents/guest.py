"""A host's status page, public if the host publishes it."""

from datetime import UTC, datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chargers.models import Host
from support.incidents import status


@never_cache
@require_safe
def status_page(request: HttpRequest, host: str) -> HttpResponse:
    """Shows the page, at most a minute old; 404 unless the host publishes it."""
    owner = Host.objects.filter(slug=host).first()
    if owner is None or not status.is_public(owner):
        raise Http404
    page = status.status_of(owner, now=datetime.now(tz=UTC))
    return render(request, "help/status.html", {"host": owner, "status": page})
