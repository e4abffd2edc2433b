"""The page behind an invitation's link: sets a first password, or joins with an existing account."""

from typing import Any, Final

from django import forms
from django.contrib import messages as notes
from django.contrib.auth import login, password_validation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from authorization.members.acts import people
from authorization.models import Invitation, User
from authorization.people import members
from authorization.people.members import PeopleError
from authorization.people.request import now

_LOG_IN_INSTEAD: Final = "No password can be chosen here: log in, or use “Forgot password?” on the log-in page."


class PasswordForm(forms.Form):
    """The first password of an account."""

    password = forms.CharField(
        label="Password",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 10 characters, and none of the common ones.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password, self._user)
        return password


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_page(request: HttpRequest, secret: str) -> HttpResponse:
    """Lets the holder of the link join once. Opening the page does not use it up, because mail programs open links.

    The page is the same whether or not the address has an account, because the inviter has the link too.
    """
    invitation = members.find(secret, now=now())
    if invitation is None:
        return _handle_double_submit(request, secret) or render(
            request, "authorization/invitation_gone.html", status=404
        )
    user = members.account(invitation)
    is_theirs = user is not None and request.user == user
    form = PasswordForm(request.POST or None, user=User(email=invitation.email))
    if request.method == "POST" and is_theirs:
        return _come_in(request, invitation, secret, user=user, password="")
    if request.method == "POST" and not request.user.is_authenticated and form.is_valid():
        if user is None:
            return _come_in(request, invitation, secret, user=None, password=form.cleaned_data["password"])
        if (response := _handle_double_submit(request, secret)) is not None:
            return response
        form.add_error(None, _LOG_IN_INSTEAD)
    log_in = f"{reverse('account_login')}?{urlencode({'next': request.path})}"
    context = {
        "invitation": invitation,
        "is_theirs": is_theirs,
        "form": form,
        "log_in": log_in,
        "is_somebody_else": request.user.is_authenticated and not is_theirs,
    }
    return render(request, "authorization/invitation.html", context)


def _come_in(
    request: HttpRequest, invitation: Invitation, secret: str, *, user: User | None, password: str
) -> HttpResponse:
    try:
        person = people.accept_invitation(invitation, user=user, password=password, now=now())
    except PeopleError as exc:
        if (response := _handle_double_submit(request, secret)) is not None:
            return response
        notes.error(request, str(exc))
        return redirect("invitation", secret=secret)
    return _log_in_and_welcome(request, invitation, person)


def _handle_double_submit(request: HttpRequest, secret: str) -> HttpResponse | None:
    """Redirects the user who just joined by this link again, since a double click sends the form twice; else None."""
    invitation = members.find_used_invitation(secret)
    if invitation is None:
        return None
    if isinstance(request.user, User):
        return redirect("/") if members.came_in(invitation, user=request.user, now=now()) else None
    person = members.pressed_twice(invitation, password=request.POST.get("password", ""), now=now())
    return _log_in_and_welcome(request, invitation, person) if person else None


def _log_in_and_welcome(request: HttpRequest, invitation: Invitation, person: User) -> HttpResponse:
    if not request.user.is_authenticated:
        login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    notes.success(request, f"Welcome to {invitation.host.name}.")
    return redirect("/")
