"""allauth's adapters for social log-ins: which providers exist, and what happens to users who come from one."""

from collections.abc import Callable
from typing import Any, Final

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string

from authorization.company_login import connections, openid
from authorization.company_login.admission import RefusedError
from authorization.models import CompanyLogin
from chargers.lib import secrets

_PROVIDER: Final = "openid_connect"
_ARRIVED: Final = "authorization.company_login.acts.resolve_user"
"""Imported by name, because acts lie above this room."""


class GoneError(SocialApp.DoesNotExist, ValueError):  # type: ignore[misc]
    """A provider that was switched off.

    Being a ValueError, it makes allauth drop a log-in that waits for a second factor.
    """


class Provider(OpenIDConnectProvider):  # type: ignore[misc]
    """A host's provider, called only through our guarded HTTP client."""

    def serialize(self) -> dict[str, Any]:
        """Adds the provider's key, by which a log-in that waits for a second factor finds the provider again."""
        return {**super().serialize(), "id": self.app.provider_id}

    def get_pkce_params(self) -> dict[str, Any]:
        """Adds the nonce here, where parameters of the link cannot replace it."""
        params = dict(super().get_pkce_params())
        return params | {"nonce": openid.nonce_of(params["code_verifier"])}

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, Any]:
        """Ignores the request's parameters, because a link can be written by an attacker."""
        return dict(self.get_auth_params())

    def get_oauth2_adapter(self, request: HttpRequest) -> openid.Adapter:
        login = connections.by_key(self.app.provider_id)
        if login is None:
            raise SocialApp.DoesNotExist
        return openid.Adapter(request, login)


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Allows only the hosts' own providers; nobody can sign up here, and an address alone connects no account."""

    def list_apps(
        self, request: HttpRequest | None, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        login = connections.by_key(provider) if provider else None
        return [_app(login)] if login else []

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Provider:
        """Returns the provider with this key. Raises GoneError."""
        login = connections.by_key(provider)
        if login is None:
            raise GoneError
        return Provider(request, app=_app(login))

    def get_requests_session(self) -> Any:
        """Disabled: allauth would call any address that a host entered.

        Our calls go through `chargers.lib.outbound`.
        """
        raise NotImplementedError

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Logs the user in, or raises ImmediateHttpResponse with the page to show instead."""
        login = connections.by_key(sociallogin.account.provider)
        if login is None or sociallogin.state.get("process") != "login":
            raise ImmediateHttpResponse(render_refusal(request, "This log-in does not exist any more."))
        arrived: Callable[..., Any] = import_string(_ARRIVED)
        try:
            user = arrived(request, login, sociallogin)
        except RefusedError as exc:
            raise ImmediateHttpResponse(render_refusal(request, str(exc), login=login)) from exc
        if user is None:
            page = render(request, "account/company_connect_sent.html", {"login": login})
            raise ImmediateHttpResponse(page)
        sociallogin.user = user

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """Raises ImmediateHttpResponse with a page that shows the provider's error, or asks to try again."""
        login = connections.by_key(provider.app.provider_id)
        why = str(exception) if exception else "The log-in was cancelled, or took too long: try again."
        raise ImmediateHttpResponse(render_refusal(request, why, login=login))


def render_refusal(request: HttpRequest, why: str, *, login: CompanyLogin | None = None) -> HttpResponse:
    """Renders the page for a user who was not logged in."""
    return render(request, "account/company_refused.html", {"why": why, "login": login}, status=403)


def _app(login: CompanyLogin) -> SocialApp:
    """Builds the app in memory. It is never stored, because allauth's table would hold the secret in clear text."""
    return SocialApp(
        provider=_PROVIDER,
        provider_id=login.key,
        name=login.name,
        client_id=login.client_id,
        secret=secrets.decrypt(login.secret_encrypted),
        settings={"server_url": login.issuer, "oauth_pkce_enabled": True},
    )
