"""Settings > Sign-in: a host's own identity provider."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from authorization.accounts import fresh_login
from authorization.company_login import acts, connections, openid
from authorization.company_login.connections import ConnectionSettings, SettingsError
from authorization.company_login.openid import ProviderError
from authorization.models import CompanyLogin, Membership
from authorization.people import access
from authorization.people.request import now, viewer
from authorization.people.visible_hosts import changeable

_ROLES = [("", "Invitation only"), *(choice for choice in Membership.Role.choices if choice[0] != "owner")]


class ProviderForm(forms.Form):
    """The provider's settings, named as the provider's own console names them."""

    name = forms.CharField(max_length=40, label="Name", help_text="On the button: “Continue with …”.")
    issuer = forms.CharField(
        max_length=300,
        label="Issuer",
        help_text="Such as https://login.example.com. The rest is read from there.",
    )
    client_id = forms.CharField(max_length=191, label="Client ID")
    secret = forms.CharField(
        max_length=500,
        required=False,
        strip=False,
        label="Client secret",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Stored encrypted; nobody can read it here. Empty: unchanged.",
    )
    domain = forms.CharField(
        max_length=253, label="Domain", help_text="Of your addresses, such as example.com. Others are not logged in."
    )
    newcomer_role = forms.ChoiceField(
        choices=_ROLES,
        required=False,
        label="People without an account",
        help_text="A role for everybody whom your provider names, or invitation only. It takes a confirmed domain.",
    )
    is_enabled = forms.BooleanField(required=False, label="People can log in by it", initial=True)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def company_settings(request: HttpRequest, host: str) -> HttpResponse:
    """Shows and stores the settings, after checking them against the provider."""
    user = viewer(request)
    managed_host = changeable(user, host)
    login = connections.of_host(managed_host)
    if request.method == "POST" and fresh_login.is_stale(
        request
    ):  # a provider lets people in, and its secret is entered here
        return fresh_login.log_in_first(request, next_step="fill in the form once more")
    if request.method == "POST" and request.POST.get("do") == "remove":
        acts.remove(managed_host, by=user, now=now())
        notes.success(request, "Nobody logs in by this provider any more.")
        return redirect("settings-sign-in", host=host)
    form = ProviderForm(request.POST or None, initial=_initial(login))
    if request.method == "POST" and form.is_valid():
        entered = ConnectionSettings(**form.cleaned_data)
        try:
            connections.check(entered, existing=login)
            if entered.is_enabled:
                openid.discover(entered.issuer.strip())
            acts.save(managed_host, entered, by=user, now=now())
        except SettingsError as exc:
            form.add_error(exc.field, str(exc))
        except ProviderError as exc:
            form.add_error("issuer", str(exc))
        else:
            notes.success(request, "Saved. Try it in a private window before the others do.")
            return redirect("settings-sign-in", host=host)
    context = {
        "room": "settings",
        "host": managed_host,
        "form": form,
        "known": login,
        "own_link": settings.PUBLIC_BASE_URL + reverse("account_company_of_host", args=[managed_host.slug]),
        "redirect_address": connections.redirect_address(managed_host.slug),
    }
    return render(request, "authorization/company_settings.html", context)


@login_required
@require_POST
def company_domain(request: HttpRequest, host: str) -> HttpResponse:
    """Records that an agent confirmed the host's ownership of the domain."""
    user = viewer(request)
    access.require_agent(user)
    login = get_object_or_404(CompanyLogin.objects.select_related("host"), host__slug=host)
    try:
        is_new = acts.confirm_domain(login, by=user, now=now())
    except SettingsError as exc:
        notes.error(request, str(exc))
    else:
        notes.success(request, f"{login.domain} is confirmed." if is_new else "Nothing was changed.")
    return redirect("settings-sign-in", host=host)


def _initial(login: CompanyLogin | None) -> dict[str, Any]:
    if login is None:
        return {}
    names = ("name", "issuer", "client_id", "domain", "newcomer_role", "is_enabled")
    return {name: getattr(login, name) for name in names}
