"""Log-in and log-out of drivers: by a mailed link or a password. Responses never reveal whether an address is known."""

import logging
from datetime import UTC, datetime
from functools import wraps
from smtplib import SMTPException
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages as notes
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authorization import audit
from authorization.accounts import mail as mails
from authorization.models import User
from authorization.people import rate_limit as counted
from billing.models import Driver, Session
from billing.sessions.drivers import accounts
from billing.sessions.drivers.accounts import LinkError, SentLink
from billing.sessions.join_codes import codes
from billing.sessions.plans.acts import driver_accounts
from billing.sessions.visitors import limits
from chargers.lib.form_fields import GuestForm

logger = logging.getLogger(__name__)

_BACKEND: Final = "django.contrib.auth.backends.ModelBackend"
_LINKS_AN_HOUR: Final = 20
_LINKS_OF_ONE: Final = 5
_TRIES_AN_HOUR: Final = 30
_TRIES_OF_ONE: Final = 10


class EmailForm(GuestForm):
    """The address for the link."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )


class PasswordForm(EmailForm):
    """For drivers who have set a password."""

    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


def driver_of(request: HttpRequest) -> Driver | None:
    """Returns the logged-in driver, if any. Users of the portal become one on their first visit."""
    user = request.user
    if not isinstance(user, User):
        return None
    driver = Driver.objects.select_related("user").filter(user=user).first()
    return driver or accounts.of_user(user, language=get_language() or "en", now=now())


def for_drivers(view: Any) -> Any:
    """Passes the driver to the view; a visitor who is not logged in is sent to the log-in page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        driver = driver_of(request)
        if driver is None:
            return redirect("drive:enter")
        response: HttpResponse = never_cache(view)(request, driver, *args, **kwargs)
        return response

    return guarded


@never_cache
@require_safe
def enter(request: HttpRequest) -> HttpResponse:
    """Shows the log-in page."""
    if request.user.is_authenticated:
        return _redirect_after_entry(request)
    return _enter(request, EmailForm(), PasswordForm())


@require_POST
def link(request: HttpRequest) -> HttpResponse:
    """Sends a link; the page is the same for every address."""
    form = EmailForm(request.POST)
    if not form.is_valid():
        return _enter(request, form, PasswordForm())
    email, session = form.cleaned_data["email"], Session.objects.filter(secret=request.POST.get("keep", "")).first()
    often = limits.too_often(request, "driver-links", limit=_LINKS_AN_HOUR, within_s=3600)
    if often or counted.too_often(
        "driver-links-to", subject=accounts.counted_as(email), limit=_LINKS_OF_ONE, within_s=3600
    ):
        return HttpResponse(gettext("Too many links were asked for: try again in an hour."), status=429)
    return sent_page(
        request, accounts.make_link(email, now=now(), session=session), email=email, join=join_code(request)
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def come_in(request: HttpRequest, secret: str) -> HttpResponse:
    """Logs in by a button on the page behind the link.

    Opening the link does nothing, because mail programs open links.
    """
    driver_link = accounts.find_link(secret, now=now())
    if driver_link is None:
        return render(request, "drive/gone.html", status=404)
    if request.method != "POST":
        return render(request, "drive/come_in.html", {"link": driver_link})
    try:
        driver = accounts.use_link(secret, language=get_language() or "en", now=now())
    except LinkError as exc:
        return render(request, "drive/gone.html", {"why": gettext(str(exc))}, status=403)
    assert driver.user is not None
    login(request, driver.user, backend=_BACKEND)
    if driver_link.driver is not None:
        note("driver.address_changed", driver)
        before = driver_link.driver.user.email if driver_link.driver.user else ""
        driver_accounts.notify_of_change(driver, before=before, now=now())
        notes.success(request, gettext("From now on you log in with this address."))
    return _redirect_after_entry(request)


@require_POST
def password(request: HttpRequest) -> HttpResponse:
    """Logs in by password.

    The answer is the same for an unknown address and a wrong password; portal users log in to the portal.
    """
    form = PasswordForm(request.POST)
    if form.is_valid():
        email = form.cleaned_data["email"].lower()
        often = limits.too_often(request, "driver-passwords", limit=_TRIES_AN_HOUR, within_s=3600)
        if often or counted.too_often(
            "driver-passwords-of", subject=accounts.counted_as(email), limit=_TRIES_OF_ONE, within_s=3600
        ):
            return HttpResponse(gettext("Too many tries: wait an hour, or ask for a link."), status=429)
        user = authenticate(request, username=email, password=form.cleaned_data["password"])
        if isinstance(user, User) and not accounts.is_of_portal(user):
            login(request, user, backend=_BACKEND)
            return _redirect_after_entry(request)
        form.add_error(None, gettext("This address and this password do not belong together: ask for a link instead."))
    return _enter(request, EmailForm(), form)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("drive:enter")


def join_code(request: HttpRequest) -> str:
    """Returns the join code that led here, from the URL or the form; may be empty.

    Only the code's own page reveals whether it exists, because that page limits guesses.
    """
    return codes.format_typed(request.POST.get("join", "") or request.GET.get("join", ""))


def _redirect_after_entry(request: HttpRequest) -> HttpResponse:
    """Redirects back to the join code that led here, or to the driver's first page."""
    code = join_code(request)
    return redirect("guest:join", code=code) if code else redirect("drive:home")


def _enter(request: HttpRequest, form: EmailForm, with_password: EmailForm) -> HttpResponse:
    context = {"form": form, "with_password": with_password, "join": join_code(request)}
    return render(request, "drive/enter.html", context)


def sent_page(request: HttpRequest, sent: SentLink, *, email: str, join: str = "") -> HttpResponse:
    """Sends the link, and tells whether a mail server accepted it, or where the mail was stored."""
    was_taken = send(sent, join=join)
    stored_notice = mails.notice() if was_taken else ""
    context = {"email": email, "was_taken": was_taken and not stored_notice, "stored_notice": stored_notice}
    return render(request, "drive/sent.html", context)


def send(sent: SentLink, *, join: str = "") -> bool:
    """Mails the link. Only the mail tells whether there is an account, and what the link does.

    `join` is the code to continue with, in whichever browser the link is opened. False if the mail was neither accepted
    by a mail server nor stored as a file.
    """
    address = settings.PUBLIC_BASE_URL + reverse("drive:come-in", args=[sent.secret])
    address += f"?{urlencode({'join': join})}" if join else ""
    is_known = User.objects.filter(email=sent.link.email).exists()
    context = {"link": address, "is_portals": sent.is_portals, "is_known": is_known, "changes": sent.link.driver_id}
    text = render_to_string("drive/mail/link.txt", context)
    subject = gettext("Confirm your new e-mail address") if sent.link.driver_id else gettext("Your link to log in")
    try:
        sent_count = mails.compose(subject, text, sent.link.email).send()
    except (OSError, SMTPException):
        logger.exception("A driver's link was not sent.")
        return False
    return bool(sent_count)


def note(verb: str, driver: Driver, *, after: Any = None) -> None:
    """Records a driver's act, without their address, because the record outlives the account."""
    audit.write_of_driver(verb, audit.Subject("driver", driver.pk, f"driver {driver.pk}"), now=now(), after=after)


def now() -> datetime:
    return datetime.now(tz=UTC)
