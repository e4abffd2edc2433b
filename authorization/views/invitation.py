"""The page behind an invitation's link: sets a first password, or joins with the account that there is."""

from typing import Any, Final

from allauth.account.adapter import get_adapter
from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.contrib import messages as notes
from django.contrib.auth import login, password_validation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from authorization.acts import people
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
    """Each holder of the link comes in once. Opening it uses nothing: mail programs open links, too.

    The page is the same whether or not the address has an account: the inviter has the link, too.
    """
    invitation = members.find(secret, now=now())
    if invitation is None:
        is_joined = _has_just_joined(request, secret)
        return redirect("/") if is_joined else render(request, "authorization/invitation_gone.html", status=404)
    known = members.account(invitation)
    is_theirs = known is not None and request.user == known
    form = PasswordForm(request.POST or None, user=User(email=invitation.email))
    if request.method == "POST" and is_theirs:
        return _come_in(request, invitation, user=known, password="")
    if request.method == "POST" and not request.user.is_authenticated and form.is_valid():
        if known is None:
            return _come_in(request, invitation, user=None, password=form.cleaned_data["password"])
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


def _has_just_joined(request: HttpRequest, secret: str) -> bool:
    """Whether the same person sends the form again, as by a second press; logs them in where the first press's cookie
    is not known to the browser yet. It asks for the password, and never stands in for a second factor."""
    used = members.find_used(secret, now=now())
    person = members.account(used) if used is not None else None
    if person is None or person.is_agent or is_mfa_enabled(person):
        return False
    if request.user == person or request.method != "POST" or request.user.is_authenticated:
        return bool(request.user == person)
    try:  # counted as every log-in is: the inviter knows the link, too
        proved = get_adapter(request).authenticate(
            request, email=person.email, password=request.POST.get("password", "")
        )
    except forms.ValidationError:
        return False
    if proved != person:
        return False
    login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    return True


def _come_in(request: HttpRequest, invitation: Invitation, *, user: User | None, password: str) -> HttpResponse:
    try:
        person = people.accept_invitation(invitation, user=user, password=password, now=now())
    except PeopleError as exc:
        secret = request.resolver_match.kwargs["secret"] if request.resolver_match else ""
        if _has_just_joined(request, secret):  # by the first of two presses, at the same moment
            return redirect("/")
        notes.error(request, str(exc))
        return redirect("invitation", secret=secret)
    if user is None:
        login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    notes.success(request, f"Welcome to {invitation.host.name}.")
    return redirect("/")
