"""Acts behind a fresh log-in: a stolen session, or a screen left open, opens no doors and moves no money."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec

from allauth.account.decorators import reauthentication_required
from django.http import HttpRequest, HttpResponse

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
