"""OpenID Connect with a host's provider: by our guarded calls, and always verifying the id token's signature.

allauth trusts what a token endpoint answers over TLS, and prefers the userinfo document. Here the id token counts
(OpenID Connect Core 3.1.3.7), and userinfo only adds to it, for the same `sub` (5.3.2).
"""

import base64
import hashlib
import hmac
import json
from typing import Any, Final
from urllib.parse import urlencode

import jwt
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest

from authorization.company_login import connections
from authorization.models import CompanyLogin
from chargers.lib import outbound
from chargers.lib.outbound import Limits, NoAnswerError

Headers = dict[bytes | str, bytes | str]
_LIMITS: Final = Limits(timeout_s=8)
_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Public-key algorithms only: with tokens signed by the client secret, whoever read it could log in as any user."""
_CLOCKS_S: Final = 60
_NEEDED: Final = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderError(OAuth2Error):  # type: ignore[misc]
    """The provider failed; the message is a sentence for the host's owners."""


class Adapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """The OAuth adapter of one host's provider, for one request."""

    def __init__(self, request: HttpRequest, login: CompanyLogin) -> None:
        super().__init__(request, login.key)
        self._host = login.host.slug
        self._nonce = ""
        self._config: dict[str, Any] | None = None

    @property
    def openid_config(self) -> dict[str, Any]:
        if self._config is None:
            self._config = discover(self.get_provider().app.settings["server_url"])
        return self._config

    @property
    def basic_auth(self) -> bool:
        methods = self.openid_config.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return "client_secret_post" not in methods

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return connections.redirect_address(self._host)

    def get_access_token_data(
        self, request: HttpRequest, app: SocialApp, client: Any, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        """Exchanges the code for tokens (RFC 6749 4.1.3, RFC 7636 4.5)."""
        self._nonce = nonce_of(pkce_code_verifier or "")
        fields = {
            "grant_type": "authorization_code",
            "code": request.GET.get("code", ""),
            "redirect_uri": self.get_callback_url(request, app),
            "code_verifier": pkce_code_verifier or "",
        }
        headers: Headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        if self.basic_auth:
            pair = base64.b64encode(f"{_form_encode(app.client_id)}:{_form_encode(app.secret)}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        else:
            fields |= {"client_id": app.client_id, "client_secret": app.secret}
        tokens = _call(self.access_token_url, headers=headers, body=urlencode(fields).encode())
        if not isinstance(tokens.get("access_token"), str):
            raise ProviderError("The provider gave no access token.")
        return tokens

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> Any:
        claims = self._claims(app, str(kwargs["response"].get("id_token") or ""))
        if "email" not in claims and self.openid_config.get("userinfo_endpoint"):
            headers: Headers = {"Authorization": f"Bearer {token.token}", "Accept": "application/json"}
            userinfo = _call(str(self.openid_config["userinfo_endpoint"]), headers=headers)
            if userinfo.get("sub") != claims["sub"]:
                raise ProviderError("The provider's userinfo is of somebody else than its id token.")
            claims |= {name: userinfo[name] for name in ("email", "email_verified", "name") if name in userinfo}
        identity = {name: claims[name] for name in ("sub", "email", "email_verified", "name") if name in claims}
        return self.get_provider().sociallogin_from_response(request, {"id_token": identity})

    def _claims(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(id_token)
            keys = jwt.PyJWKSet.from_dict(_call(str(self.openid_config["jwks_uri"]), headers={})).keys
            key = _get_signing_key(keys, header)
            claims: dict[str, Any] = jwt.decode(
                id_token,
                key=key,
                algorithms=list(_ALGORITHMS),
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=_CLOCKS_S,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as exc:
            raise ProviderError(f"The provider's id token is not valid: {exc}") from exc
        if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != app.client_id:
            raise ProviderError("The provider's id token is for another client.")
        if not self._nonce or not hmac.compare_digest(str(claims.get("nonce", "")).encode(), self._nonce.encode()):
            raise ProviderError("The provider's id token is not of this log-in: its nonce is another.")
        return claims


def nonce_of(verifier: str) -> str:
    """Returns the nonce that the id token must repeat (OpenID Connect Core 3.1.2.1, 15.5.2).

    It is derived from this session's secret. A token of another log-in, injected on the way from the provider, would
    belong to another verifier.
    """
    return hashlib.sha256(f"nonce {verifier}".encode()).hexdigest() if verifier else ""


def discover(issuer: str) -> dict[str, Any]:
    """Fetches the provider's configuration (OpenID Connect Discovery 4). Raises ProviderError."""
    configuration = _call(f"{issuer.rstrip('/')}/.well-known/openid-configuration", headers={})
    if missing := [name for name in _NEEDED if not isinstance(configuration.get(name), str)]:
        raise ProviderError(f"The provider's configuration does not say its {missing[0]}.")
    if configuration["issuer"].rstrip("/") != issuer.rstrip("/"):
        raise ProviderError(
            f"The provider calls itself {configuration['issuer'][:200]}: enter exactly that as the issuer."
        )
    if unsafe := [name for name in _NEEDED if not connections.is_web(configuration[name])]:
        raise ProviderError(f"The provider's {unsafe[0]} does not begin with https://.")
    return configuration


def _call(url: str, *, headers: Headers, body: bytes | None = None) -> dict[str, Any]:
    """Fetches JSON by a guarded call. Raises ProviderError."""
    if not connections.is_web(url):
        raise ProviderError("The provider named an address that does not begin with https://.")
    try:
        if body is None:
            answer = outbound.get(url, headers=headers, limits=_LIMITS)
        else:
            answer = outbound.post(url, headers=headers, body=body, limits=_LIMITS)
        content = json.loads(answer.body)
    except NoAnswerError as exc:
        raise ProviderError(f"The provider {exc}.") from exc
    except ValueError as exc:
        raise ProviderError(f"The provider answered no JSON (HTTP {answer.status}).") from exc
    if answer.status != 200 or not isinstance(content, dict):
        cause = str(content.get("error", ""))[:100] if isinstance(content, dict) else ""
        raise ProviderError(f"The provider answered HTTP {answer.status} {cause}".strip() + ".")
    return content


def _get_signing_key(keys: list[jwt.PyJWK], header: dict[str, Any]) -> jwt.PyJWK:
    """Returns the key with the token's `kid`, or the only key if the token has none. Raises KeyError."""
    if (kid := header.get("kid")) is not None:
        return {key.key_id: key for key in keys}[kid]
    if len(keys) == 1:
        return keys[0]
    raise KeyError("kid")


def _form_encode(text: str) -> str:
    """Form-encodes the text, as RFC 6749 2.3.1 requires before Basic."""
    return urlencode({"": text})[1:]
