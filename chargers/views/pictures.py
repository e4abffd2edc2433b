"""Pictures of a property: added and removed by its host, and sent to guests."""

from collections.abc import Callable
from typing import Final

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from authorization.people import access
from authorization.people.request import now, viewer
from chargers.acts import properties as acts
from chargers.lib.images import ImageError
from chargers.models import Property, PropertyPicture
from chargers.properties import pictures

_KEPT: Final = "public, max-age=31536000, immutable"
_MAX_CAPTION: Final = 120


@require_safe
def picture(_request: HttpRequest, name: str) -> HttpResponse:
    """Sends a picture by the hash of its bytes, which cannot be guessed, to guests of the property's chargers."""
    property_picture = get_object_or_404(PropertyPicture.objects.filter(hash=name, property__closed_at=None)[:1])
    return HttpResponse(bytes(property_picture.content), content_type="image/jpeg", headers={"Cache-Control": _KEPT})


@login_required
@require_POST
def property_picture(request: HttpRequest, slug: str) -> HttpResponse:
    """Adds an uploaded picture; or removes, describes or moves the one with the given hash."""
    property_ = access.properties(viewer(request)).select_related("host").filter(slug=slug).first()
    if property_ is None or not access.may_manage(viewer(request), property_.host):
        raise Http404
    do = next((name for name in _CHANGES if name in request.POST), "")
    if do:
        rows = PropertyPicture.objects.select_related("property__host")
        _CHANGES[do](request, get_object_or_404(rows, property=property_, hash=request.POST[do]))
    else:
        _add(request, property_)
    return redirect(f"{reverse('chargers:property-edit', args=[slug])}#pictures")


def _remove(request: HttpRequest, picture: PropertyPicture) -> None:
    acts.remove_picture(picture, by=viewer(request), now=now())
    notes.success(request, "The picture is removed.")


def _describe(request: HttpRequest, picture: PropertyPicture) -> None:
    acts.describe_picture(picture, caption=_caption(request), by=viewer(request), now=now())
    notes.success(request, "Saved what the picture shows.")


def _move_up(request: HttpRequest, picture: PropertyPicture) -> None:
    """Moves a picture one place up; the first one stays. Nothing moves if the order changed meanwhile."""
    property_ = picture.property
    order = [property_picture.hash for property_picture in pictures.list_in_order(property_)]
    at = order.index(picture.hash)
    if at:
        order[at - 1], order[at] = order[at], order[at - 1]
        try:
            acts.arrange_pictures(property_, order, by=viewer(request), now=now())
        except ImageError as exc:
            notes.error(request, str(exc))


_CHANGES: Final[dict[str, Callable[[HttpRequest, PropertyPicture], None]]] = {
    "remove": _remove,
    "describe": _describe,
    "earlier": _move_up,
}


def _caption(request: HttpRequest) -> str:
    return " ".join(request.POST.get("caption", "").replace("\x00", "").split())[:_MAX_CAPTION]


def _add(request: HttpRequest, property_: Property) -> None:
    uploaded, caption = request.FILES.get("picture"), _caption(request)
    if uploaded is None or not hasattr(uploaded, "read"):
        notes.error(request, "Not added: choose a picture.")
        return
    try:
        read = pictures.read(uploaded.read(pictures.LIMITS.most_bytes + 1))
        acts.add_picture(property_, read, caption=caption, by=viewer(request), now=now())
    except ImageError as exc:
        notes.error(request, f"Not added. {exc}")
    else:
        notes.success(request, "The picture is added. Guests see it where they pay.")
