"""Settings > API keys: create with a name, show once, revoke."""

import uuid
from datetime import timedelta
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

from authorization.accounts import fresh_login
from authorization.members.acts import api_keys as acts
from authorization.models import ApiKey
from authorization.people import access
from authorization.people.request import now, viewer
from authorization.people.roles import SCOPE_MEANS, KeyScope
from authorization.people.visible_hosts import changeable
from chargers.models import Host
from chargers.properties import time_zones

_LIMIT: Final = 200
_ONE_KEY_FOR: Final = 24 * 3600
"""Seconds in which repeated submissions of one form create only one key."""


class KeyForm(forms.Form):
    """A key's purpose, rights and end."""

    form_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(
        max_length=50, label="What it is for", help_text="Such as the system that uses it. You see it in this list."
    )
    scopes = forms.MultipleChoiceField(
        choices=[
            (scope, f"{scope.capitalize()}: {means[0].lower()}{means[1:]}")
            for scope, means in SCOPE_MEANS.items()
            if scope != KeyScope.READ
        ],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="What it may do besides reading",
        help_text="It reads everything of the host, also sessions and amounts, and never does what you may not do.",
    )
    lasts_days = forms.TypedChoiceField(
        choices=[(30, "30 days"), (90, "90 days"), (365, "A year")], coerce=int, initial=365, label="Works for"
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def key_list(request: HttpRequest, host: str) -> HttpResponse:
    """Lists a host's keys with a form for a new one; a new key is shown only once."""
    user = viewer(request)
    managed_host = changeable(user, host)
    form = KeyForm(request.POST or None, initial={"form_id": uuid.uuid4()})
    if request.method == "POST" and form.is_valid():
        return _make(request, managed_host, form)
    return _page(request, managed_host, form)


@fresh_login.after_log_in
def _make(request: HttpRequest, host: Host, form: KeyForm) -> HttpResponse:
    user, entered, at = viewer(request), form.cleaned_data, now()
    form_id = entered["form_id"]
    if form_id and not cache.add(f"api-key-form:{user.pk}:{form_id}", True, _ONE_KEY_FOR):
        notes.info(request, "The key was made before, and is shown only once. Revoke it if you did not keep it.")
        return redirect("settings-api-keys", host=host.slug)
    ends_at = at + timedelta(days=entered["lasts_days"])
    _, key_text = acts.make(host, name=entered["name"], scopes=entered["scopes"], ends_at=ends_at, by=user, now=at)
    return _page(request, host, KeyForm(initial={"form_id": uuid.uuid4()}), key_text=key_text)


def _page(request: HttpRequest, host: Host, form: KeyForm, *, key_text: str = "") -> HttpResponse:
    rows = ApiKey.objects.filter(host=host, revoked=False).select_related("made_by").order_by("-created")
    context = {
        "room": "settings",
        "host": host,
        "zone": time_zones.of_host(host),
        "keys": [(key, _why_dead(key)) for key in rows[:_LIMIT]],
        "form": form,
        "made": key_text,
        "assistants": settings.PUBLIC_BASE_URL + reverse("mcp"),
    }
    return render(request, "authorization/api_keys.html", context)


def _why_dead(key: ApiKey) -> str:
    """Returns briefly why a key that was not revoked does not work; empty if it works."""
    if key.has_expired:
        return "Has ended"
    return "" if access.rights_of(key) else f"{key.made_by} has no access any more"


@login_required
@require_POST
def key_revoke(request: HttpRequest, host: str, prefix: str) -> HttpResponse:
    """Revokes the key."""
    user = viewer(request)
    managed_host = changeable(user, host)
    key = get_object_or_404(ApiKey, host=managed_host, prefix=prefix)
    if acts.revoke(key, by=user, now=now()):
        notes.success(request, f"The key “{key.name}” no longer works.")
    else:
        notes.info(request, "Nothing was changed: the key was revoked before.")
    return redirect("settings-api-keys", host=host)
