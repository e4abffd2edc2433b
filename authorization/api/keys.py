"""Who calls the REST API, and how often."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from authorization.models import ApiKey


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key <key>`; `request.auth` is the key."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        scheme, _, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "api-key":
            return None
        try:
            found = ApiKey.objects.get_from_key(key.strip())
        except ApiKey.DoesNotExist as exc:
            raise AuthenticationFailed("This API key is not known: make one with manage.py api_key.") from exc
        if found.has_expired:
            raise AuthenticationFailed("This API key has expired: make a new one with manage.py api_key.")
        assert isinstance(found, ApiKey)
        return None, found

    def authenticate_header(self, request: Request) -> str:
        return "Api-Key"


class HasKey(BasePermission):
    """Every address of the API needs a key."""

    message = "Send a key as `Authorization: Api-Key <key>`: make one with manage.py api_key."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, ApiKey)


class KeyThrottle(ScopedRateThrottle):
    """So many requests a minute for each key, counted for reads and writes apart (`DEFAULT_THROTTLE_RATES`)."""

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        assert isinstance(request.auth, ApiKey)
        return self.cache_format % {"scope": self.scope, "ident": request.auth.prefix}


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "authorization.api.keys.KeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Api-Key <key>`"}
