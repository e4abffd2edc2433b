"""Security headers that Django does not send by itself."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# The admin theme's scripts evaluate strings and its pages carry inline styles: it alone is exempt, by name.
_ADMIN_POLICY = _POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").replace(
    "script-src 'self'", "script-src 'self' 'unsafe-inline' 'unsafe-eval'"
)


class ContentSecurityPolicy:
    """Sends a strict policy with every page: no inline script or style runs, whatever a charger calls itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        exempt = request.path.startswith("/admin/")
        response.headers.setdefault("Content-Security-Policy", _ADMIN_POLICY if exempt else _POLICY)
        return response
