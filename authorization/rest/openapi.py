"""The OpenAPI document at /api/v1/schema/: built once per process, because building takes most of a second."""

import threading
from typing import Any, Final

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response

_making: Final = threading.Lock()
_made: Final[dict[str, bytes]] = {}


class Schema(SpectacularAPIView):
    """Returns the cached OpenAPI document; requests during its first rendering wait for it."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Always in English, so that no parameter of the address causes a new rendering."""
        media_type = request.accepted_renderer.media_type
        with _making:
            if media_type not in _made:
                _made[media_type] = self._render_schema(request)
        headers = {"Cache-Control": "public, max-age=3600"}
        return HttpResponse(_made[media_type], content_type=media_type, headers=headers)

    def _render_schema(self, request: Request) -> bytes:
        response: Response = self._get_schema_response(request)  # type: ignore[no-untyped-call]
        context = {"view": self, "request": request, "response": response}
        rendered = request.accepted_renderer.render(response.data, request.accepted_media_type, context)
        return rendered.encode() if isinstance(rendered, str) else rendered
