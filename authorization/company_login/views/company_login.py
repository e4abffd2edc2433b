"""Logging in with one's company: the start page, the provider's callback, and the link that connects an account."""

from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django import forms
from django.contrib import messages as notes
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from authorization.company_login import acts, adapter, admission, connections, openid
from authorization.company_login.admission import RefusedError
from authorization.company_login.openid import ProviderError
from authorization.models import CompanyLogin
from authorization.people import rate_limit
from authorization.people.request import now

_TRIES_IN_10_MINUTES = 60


class AddressForm(forms.Form):
    """The user's address, whose domain identifies the company."""

    email = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )


@never_cache
@require_safe
def company_start(request: HttpRequest) -> HttpResponse:
    """Finds the company by the address's domain; the address itself is not looked up."""
    form = AddressForm(request.GET or None)
    if not form.is_valid():
        return render(request, "account/company.html", {"form": form})
    if rate_limit.too_often(
        "company-addresses", subject=request.META.get("REMOTE_ADDR", ""), limit=_TRIES_IN_10_MINUTES, within_s=600
    ):
        form.add_error(None, "Too many tries: try again in ten minutes.")
        return render(request, "account/company.html", {"form": form}, status=429)
    login = connections.of_address(form.cleaned_data["email"])
    if login is None:
        domain = connections.domain_of(form.cleaned_data["email"])
        form.add_error("email", f"No company logs in with addresses at {domain}: log in with your password instead.")
    return render(request, "account/company.html", {"form": form, "login": login})


@never_cache
@require_safe
def company_of_host(request: HttpRequest, host: str) -> HttpResponse:
    """Starts a log-in from a host's own link, without asking for an address."""
    return render(request, "account/company.html", {"login": _get_login(host), "form": None})


@never_cache
@require_safe
def oidc_login(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Redirects to the provider of the host with this slug."""
    login = _get_login(provider_id)
    try:
        response: HttpResponseBase = OAuth2LoginView.adapter_view(openid.Adapter(request, login))(request)
    except ProviderError as exc:
        return adapter.render_refusal(request, str(exc), login=login)
    return response


@never_cache
@require_safe
def oidc_callback(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Handles the provider's callback."""
    response: HttpResponseBase = OAuth2CallbackView.adapter_view(openid.Adapter(request, _get_login(provider_id)))(
        request
    )
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def company_connect(request: HttpRequest, secret: str) -> HttpResponse:
    """Shows the page behind the mailed link. Only its button connects the account, because mail programs open links."""
    try:
        login, user, _sub = admission.read(secret)
        if request.method != "POST":
            return render(request, "account/company_connect.html", {"login": login, "person": user})
        acts.connect(secret, now=now())
    except RefusedError as exc:
        return adapter.render_refusal(request, str(exc))
    notes.success(request, f"{user.email} is connected. Continue with {login.name} to log in.")
    return redirect("account_company_of_host", host=login.host.slug)


def _get_login(slug: str) -> CompanyLogin:
    login = connections.by_host(slug)
    if login is None:
        raise Http404
    return login
