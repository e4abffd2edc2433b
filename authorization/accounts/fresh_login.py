"""Acts that need a fresh log-in, so that a stolen session or an unattended screen cannot open doors or move money."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Concatenate, Final, ParamSpec
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

P = ParamSpec("P")
_DRAFT: Final = "draft_before_log_in"
"""Session key of the form that waits for the log-in, without its secrets."""


def after_log_in(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Decorates a view that acts: asks for the password or passkey first, unless it was entered minutes ago.

    The entered form is stored in the session meanwhile, and the act continues by itself afterwards. Do not use it for
    data that must not be in a session, such as an account number.
    """
    guarded: Callable[Concatenate[HttpRequest, P], HttpResponse] = reauthentication_required(view)

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.GET and is_stale(request):
            request.META["QUERY_STRING"] = ""  # the act continues only at an address without a query; GET is preserved
        return guarded(request, *args, **kwargs)

    return wrapped


def is_stale(request: HttpRequest) -> bool:
    """Whether the last log-in is too long ago for an act behind a fresh one."""
    return bool(get_adapter(request).is_reauthentication_required(app="account"))


def log_in_page(back: str) -> str:
    """Returns the address of the page that asks for the password or passkey and then leads back to `back`."""
    return f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}"


def log_in_first(request: HttpRequest, *, next_step: str) -> HttpResponse:
    """Drops the entered form, because it may not be stored in the session; tells the user, and asks for the log-in.

    `next_step` completes the message after "then".
    """
    notes.warning(request, f"Nothing was stored: log in again, then {next_step}.")
    return redirect(log_in_page(request.path))


def log_in_with_draft(request: HttpRequest, *, secrets: Collection[str], next_step: str) -> HttpResponse:
    """Like `log_in_first`, but stores the fields that are not secret, for `take_draft` to fill in again."""
    fields = {name: text for name, text in request.POST.items() if name not in {"csrfmiddlewaretoken", *secrets}}
    request.session[_DRAFT] = {"path": request.path, "fields": fields}
    return log_in_first(request, next_step=next_step)


def take_draft(request: HttpRequest) -> dict[str, str]:
    """Returns what was entered in this page's form before the log-in; empty if taken already, or another page's."""
    if request.session.get(_DRAFT, {}).get("path") != request.path:
        return {}
    fields: dict[str, str] = request.session.pop(_DRAFT)["fields"]
    return fields
