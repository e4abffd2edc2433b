"""The page for a user's e-mail address, and the page behind the link that confirms it."""

import logging
from smtplib import SMTPException
from typing import Any, Final

from allauth.account.decorators import reauthentication_required
from django import forms
from django.conf import settings
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from authorization.accounts import acts as accounts
from authorization.accounts import addresses, mail
from authorization.accounts.addresses import AddressError
from authorization.models import User
from authorization.people import rate_limit
from authorization.people.request import now, viewer

_logger = logging.getLogger(__name__)
_LINKS_AN_HOUR: Final = 5


class AddressForm(forms.Form):
    """The new address, or the present one to confirm it."""

    email = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def address_page(request: HttpRequest) -> HttpResponse:
    """Sends a link to an address; nothing changes until it is opened."""
    user = viewer(request)
    form = AddressForm(request.POST or None, initial={"email": user.email})
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"].lower()
        if rate_limit.too_often("address-links", subject=str(user.pk), limit=_LINKS_AN_HOUR, within_s=3600):
            form.add_error(None, "Too many links were asked for: try again in an hour.")
        else:
            _send(user, email=email)
            sentence = f"A link was sent to {email}."
            if notice := mail.notice():
                sentence = f"A mail with a link was written to {email}. {notice}"
            notes.success(request, f"{sentence} The address counts once the link was opened.")
            return redirect("account_email")
    return render(request, "authorization/address.html", {"form": form, "person": user})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def address_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Shows the page behind the link. Only its button changes the address, because mail programs open links.

    The link proves who reads the new mailbox; the log-in proves that the account's owner wants the change.
    """
    try:
        change = addresses.read(secret)
        is_theirs = request.user.pk == change.user_id
        if request.method != "POST" or not is_theirs:
            log_in = f"{reverse('account_login')}?{urlencode({'next': request.path})}"
            context = {"change": change, "is_theirs": is_theirs, "log_in": log_in}
            status = 403 if request.method == "POST" else 200
            return render(request, "authorization/address_link.html", context, status=status)
        user = accounts.confirm_address(change, now=now())
    except AddressError as exc:
        return render(request, "authorization/address_link.html", {"why": str(exc)}, status=404)
    if change.new != change.old:
        _notify(change.old, new=change.new, is_done=True)
    notes.success(request, f"{user.email} is confirmed: log in with it from now on.")
    return redirect("account_email")


def no_such_page(_request: HttpRequest, rest: str = "") -> HttpResponse:
    """Replaces allauth's own pages for confirming addresses, which have other rules."""
    raise Http404


@require_safe
def sign_up_page(request: HttpRequest) -> HttpResponse:
    """Explains how to get an account; nobody can sign up by themselves."""
    return render(request, "account/signup.html", {"support": settings.SUPPORT_EMAIL})


def _send(user: User, *, email: str) -> None:
    """Sends the link to the new address, and a notice to the present one, in case the session is stolen."""
    is_taken = addresses.is_taken(email, user=user)
    link = settings.PUBLIC_BASE_URL + reverse("account_address_link", args=[addresses.link_secret(user, new=email)])
    context = {"link": "" if is_taken else link, "old": user.email, "new": email}
    _mail(email, "Confirm your e-mail address", "authorization/mail/address.txt", context)
    if email != user.email:
        _notify(user.email, new=email, is_done=False)


def _notify(old: str, *, new: str, is_done: bool) -> None:
    """Notifies the account's earlier address of what was requested or done."""
    subject = "Your e-mail address was changed" if is_done else "Somebody asked to change your e-mail address"
    context = {"old": old, "new": new, "is_done": is_done, "at": now()}
    _mail(old, subject, "authorization/mail/address_notice.txt", context)


def _mail(recipient: str, subject: str, template: str, context: dict[str, Any]) -> None:
    """Sends one mail. A failure is only logged, so that the response reveals nothing about the address."""
    facts = {"support": settings.SUPPORT_EMAIL, "public_address": settings.PUBLIC_BASE_URL}
    try:
        mail.compose(subject, render_to_string(template, context | facts), recipient).send()
    except (OSError, SMTPException):
        _logger.exception("A mail about the address of an account was not sent.")
