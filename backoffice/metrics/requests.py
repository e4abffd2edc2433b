"""Metrics of how long pages and API requests take, by URL name."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from chargers.lib import metrics


class RequestMetricsMiddleware:
    """Measures requests. Only URL names become labels, so that their number is limited whatever clients request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started_s = time.perf_counter()
        response = self._get_response(request)
        match = request.resolver_match
        view = match.view_name if match is not None and match.url_name else "none"
        status = f"{response.status_code // 100}xx"
        metrics.REQUEST_SECONDS.labels(view=view, status=status).observe(time.perf_counter() - started_s)
        return response
