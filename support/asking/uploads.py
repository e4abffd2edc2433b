"""Limits the size of forms with files, before they are read."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from support.tickets import attachments

_MAX_BYTES: Final = attachments.MAX_FILES * attachments.MAX_BYTES


def limit_body_size(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Responds with 413 to a form that is too long. The CSRF token, which is inside the form, is checked after that."""
    checked = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def outer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        length = request.headers.get("Content-Length", "")
        if length.isdecimal() and int(length) > _MAX_BYTES:
            return HttpResponse(gettext("The file is larger than 10 MB: send a smaller one."), status=413)
        return checked(request, *args, **kwargs)

    return outer
