"""Chargers > Tags: a host's labels on its chargers."""

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from authorization.people import access
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from chargers.acts import tags as acts
from chargers.listing.tags import TagError
from chargers.models import Tag

_MAX_DIGITS = 9


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def tag_page(request: HttpRequest) -> HttpResponse:
    """Lists every tag of the user's hosts with its chargers, to be renamed or removed; tags are put on in the list."""
    user = viewer(request)
    visible_tags = Tag.objects.filter(host__in=access.hosts_with(user, Right.SEE)).select_related("host")
    if request.method == "POST":
        text = request.POST.get("tag", "")
        is_number = text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS
        tag = visible_tags.filter(pk=int(text)).first() if is_number else None
        try:
            if tag is None:
                raise TagError("There is no such tag any more.")
            _change_tag(request, tag)
        except TagError as exc:
            notes.error(request, str(exc))
        return redirect("chargers:tags")
    context = {
        "room": "chargers",
        "tags": visible_tags.annotate(count=Count("chargers")).order_by("host__name", "name"),
        "managed": set(access.hosts_with(user, Right.MANAGE).values_list("pk", flat=True)),
    }
    return render(request, "chargers/tags.html", context)


def _change_tag(request: HttpRequest, tag: Tag) -> None:
    """Renames or removes a tag. Raises NotAllowedError and TagError."""
    match request.POST.get("do"):
        case "rename":
            acts.rename(tag, request.POST.get("name", ""), by=viewer(request), now=now())
            notes.success(request, f"Renamed to “{tag.name}”.")
        case "remove":
            acts.remove(tag, by=viewer(request), now=now())
            notes.success(request, f"“{tag.name}” is on no charger any more.")
        case _:
            raise Http404
