"""Acts behind a fresh log-in: a stolen session, or a screen left open, opens no doors and moves no money."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

P = ParamSpec("P")


def after_log_in(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """The part of a view that acts: it is asked for the password or passkey first, unless that was minutes ago.

    What was typed is kept in the session meanwhile, and the act goes on by itself afterwards: not for what must lie in
    no session, such as an account's number.
    """
    wrapped: Callable[Concatenate[HttpRequest, P], HttpResponse] = reauthentication_required(view)
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
