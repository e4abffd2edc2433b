"""Acts behind a fresh log-in: a stolen session, or a screen left open, opens no doors and moves no money."""

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
"""In the session: the form that waits for the log-in, without its secrets."""


def after_log_in(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """The part of a view that acts: it is asked for the password or passkey first, unless that was minutes ago.

    What was typed is kept in the session meanwhile, and the act goes on by itself afterwards: not for what must lie in
    no session, such as an account's number.
    """
    guarded: Callable[Concatenate[HttpRequest, P], HttpResponse] = reauthentication_required(view)

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.GET and is_stale(request):
            request.META["QUERY_STRING"] = ""  # the act goes on only at an address without a query; GET is kept
        return guarded(request, *args, **kwargs)

    return wrapped


def is_stale(request: HttpRequest) -> bool:
    """Whether the last log-in is too long ago for an act behind a fresh one."""
    return bool(get_adapter(request).is_reauthentication_required(app="account"))


def log_in_page(back: str) -> str:
    """The address where the password or passkey is asked for, which leads back to `back`."""
    return f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}"


def log_in_first(request: HttpRequest, *, then: str) -> HttpResponse:
    """Drops what was typed, since it may lie in no session, says so, and asks for the log-in. `then` follows "then"."""
    notes.warning(request, f"Nothing was stored: log in again, then {then}.")
    return redirect(log_in_page(request.path))


def log_in_with_draft(request: HttpRequest, *, secrets: Collection[str], then: str) -> HttpResponse:
    """Like `log_in_first`, but the fields that are no secrets are filled in again by `take_draft`."""
    fields = {name: text for name, text in request.POST.items() if name not in {"csrfmiddlewaretoken", *secrets}}
    request.session[_DRAFT] = {"path": request.path, "fields": fields}
    return log_in_first(request, then=then)


def take_draft(request: HttpRequest) -> dict[str, str]:
    """What was typed into this page's form before the log-in; empty once taken, or where it was another page's."""
    if request.session.get(_DRAFT, {}).get("path") != request.path:
        return {}
    fields: dict[str, str] = request.session.pop(_DRAFT)["fields"]
    return fields
