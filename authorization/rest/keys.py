"""Authentication and throttling of the REST API."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from authorization.models import ApiKey
from authorization.people import access, rate_limit


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key <key>`; `request.auth` is the key."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        scheme, _, key = get_authorization_header(request).decode("latin-1").partition(" ")
        return self.of_text(key) if scheme.lower() == "api-key" else None

    def of_text(self, key: str) -> tuple[None, ApiKey]:
        """Returns the key that the text stands for. Raises AuthenticationFailed."""
        try:
            api_key = ApiKey.objects.get_from_key(key.strip())
        except ApiKey.DoesNotExist as exc:
            raise AuthenticationFailed(
                "This API key is not known, or was revoked: make one under Settings > API keys."
            ) from exc
        if api_key.has_expired:
            raise AuthenticationFailed("This API key has expired: make a new one under Settings > API keys.")
        assert isinstance(api_key, ApiKey)
        if not access.rights_of(api_key):
            raise AuthenticationFailed(
                f"{api_key.made_by} made this API key, and has no access here any more: make a new one."
            )
        return None, api_key

    def authenticate_header(self, request: Request) -> str:
        return "Api-Key"


class HasKey(BasePermission):
    """Requires a key for every address of the API."""

    message = "Send a key as `Authorization: Api-Key <key>`: make one under Settings > API keys."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, ApiKey)


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many requests are allowed in a span, how many are left, and in how many seconds the next span begins."""

    limit: int
    left: int
    resets_s: int


class KeyThrottle(ScopedRateThrottle):
    """Limits requests per minute and key, with separate counts for reads and writes (`DEFAULT_THROTTLE_RATES`)."""

    prefix = ""
    allowance: Allowance | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Counts the request in the present span. Two calls to the cache, whatever the limit is."""
        self.scope = f"{self.prefix}{getattr(view, self.scope_attr)}"
        rate, subject = self.THROTTLE_RATES.get(self.scope), self.who(request)
        max_calls, span_s = self.parse_rate(rate)
        if subject is None or max_calls is None or span_s is None:
            return True
        used = rate_limit.count(self.scope, subject=subject, within_s=span_s)
        resets_s = rate_limit.wait_s(self.scope, subject=subject, within_s=span_s)
        self.allowance = Allowance(limit=max_calls, left=max(max_calls - used, 0), resets_s=resets_s)
        return used <= max_calls

    def who(self, request: Request) -> str | None:
        """Returns whose requests are counted together; None for no limit."""
        assert isinstance(request.auth, ApiKey)
        return request.auth.prefix

    def wait(self) -> float | None:
        return float(self.allowance.resets_s) if self.allowance else None


class PersonThrottle(KeyThrottle):
    """Limits all keys of one user together, so that more keys do not allow more requests."""

    prefix = "person-"

    def who(self, request: Request) -> str | None:
        assert isinstance(request.auth, ApiKey)
        return None if request.auth.made_by_id is None else f"person:{request.auth.made_by_id}"


def build_rate_limit_headers(allowances: Iterable[Allowance | None]) -> dict[str, str]:
    """Returns `RateLimit-*` headers of the limit that is reached first; empty if none applies."""
    lowest = min(
        (allowance for allowance in allowances if allowance is not None),
        key=lambda allowance: allowance.left,
        default=None,
    )
    if lowest is None:
        return {}
    return {
        "RateLimit-Limit": str(lowest.limit),
        "RateLimit-Remaining": str(lowest.left),
        "RateLimit-Reset": str(lowest.resets_s),
    }


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "authorization.rest.keys.KeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Api-Key <key>`"}
