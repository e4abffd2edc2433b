"""A host's colour and logo as files for its guest pages. Their URLs change with their contents."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from billing.branding import brands, colours
from chargers.models import Host

_KEPT = "public, max-age=31536000, immutable"


@require_safe
def colour_sheet(_request: HttpRequest, host: str) -> HttpResponse:
    """Returns the accent of both themes; 404 for a host without its own."""
    brand = brands.find(get_object_or_404(Host, slug=host))
    if brand is None or not brand.colour:
        raise Http404
    return HttpResponse(colours.style_sheet(brand.colour), content_type="text/css", headers={"Cache-Control": _KEPT})


@require_safe
def logo(_request: HttpRequest, host: str) -> HttpResponse:
    """Returns the PNG; 404 for a host without one."""
    png = brands.png(get_object_or_404(Host, slug=host))
    if not png:
        raise Http404
    return HttpResponse(png, content_type="image/png", headers={"Cache-Control": _KEPT})
