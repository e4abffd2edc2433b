"""Settings > API keys: made with a name, shown once, revoked."""

import uuid
from typing import Final

from django import forms
from django.conf import settings
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from authorization.acts import api_keys as acts
from authorization.models import ApiKey
from authorization.pages.people import changeable
from authorization.people.request import now, viewer
from chargers.properties import time_zones

_MOST: Final = 200
_ONE_KEY_FOR: Final = 24 * 3600
"""Seconds in which the same form makes one key, however often it is sent."""


class KeyForm(forms.Form):
    """What the key is for."""

    form_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(
        max_length=50, label="What it is for", help_text="Such as the system that uses it. You see it in this list."
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def key_list(request: HttpRequest, host: str) -> HttpResponse:
    """The keys of a host, and a form for a new one; a new key is shown this once."""
    user = viewer(request)
    found = changeable(user, host)
    form = KeyForm(request.POST or None, initial={"form_id": uuid.uuid4()})
    made = ""
    if request.method == "POST" and form.is_valid():
        form_id = form.cleaned_data["form_id"]
        if form_id and not cache.add(f"api-key-form:{user.pk}:{form_id}", True, _ONE_KEY_FOR):
            notes.info(request, "The key was made before, and is shown only once. Revoke it if you did not keep it.")
            return redirect("settings-api-keys", host=host)
        _, made = acts.make(found, name=form.cleaned_data["name"], by=user, now=now())
        form = KeyForm(initial={"form_id": uuid.uuid4()})
    context = {
        "room": "settings",
        "host": found,
        "zone": time_zones.of_host(found),
        "keys": ApiKey.objects.filter(host=found, revoked=False).select_related("made_by").order_by("-created")[:_MOST],
        "form": form,
        "made": made,
        "assistants": settings.PUBLIC_BASE_URL + reverse("mcp"),
    }
    return render(request, "authorization/api_keys.html", context)


@login_required
@require_POST
def key_revoke(request: HttpRequest, host: str, prefix: str) -> HttpResponse:
    """From now on nobody gets in by it."""
    user = viewer(request)
    found = changeable(user, host)
    key = get_object_or_404(ApiKey, host=found, prefix=prefix)
    if acts.revoke(key, by=user, now=now()):
        notes.success(request, f"The key “{key.name}” no longer works.")
    else:
        notes.info(request, "Nothing was changed: the key was revoked before.")
    return redirect("settings-api-keys", host=host)
