"""Steps before an agent's first second factor: a link to the agent's mailbox, and the page behind it."""

import logging
from smtplib import SMTPException
from typing import Final

from django.conf import settings
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from authorization.accounts import acts as accounts
from authorization.accounts import enrolment, mail
from authorization.accounts.enrolment import EnrolmentError
from authorization.models import User
from authorization.people import rate_limit
from authorization.people.request import now, viewer
from support.admin_site import second_factor
from support.admin_site.second_factor import Standing

_logger = logging.getLogger(__name__)
_LINKS_AN_HOUR: Final = 5


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enrolment_page(request: HttpRequest) -> HttpResponse:
    """Sends the link to the agent's confirmed address; without one, tells who can issue a link."""
    if second_factor.get_standing(request) is not Standing.NO_SECOND_FACTOR:
        return redirect("mfa_index")
    user, context = viewer(request), {"mails_leave": mail.leave_the_house()}
    if request.method == "POST" and user.email_confirmed_at is not None:
        if rate_limit.too_often("enrolment-links", subject=str(user.pk), limit=_LINKS_AN_HOUR, within_s=3600):
            context["too_many"] = True
        else:
            context["was_sent"] = _send(user)
            context["was_asked"] = True
    return render(request, "authorization/enrolment.html", {"person": user, **context})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enrolment_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Shows the page behind the link. Only its button uses up the link, because mail programs open links."""
    user = viewer(request)
    if second_factor.get_standing(request) is not Standing.NO_SECOND_FACTOR:
        if not enrolment.is_usable(secret, user=user, now=now()):
            notes.info(request, f"The link is not for {user.email}, or has ended: log out, then open it again.")
        return redirect("mfa_index")
    if request.method != "POST":
        is_usable = enrolment.is_usable(secret, user=user, now=now())
        context = {"person": user, "is_usable": is_usable}
        return render(request, "authorization/enrolment_link.html", context, status=200 if is_usable else 404)
    try:
        accounts.use_enrolment_link(secret, user=user, now=now())
    except EnrolmentError:
        return render(request, "authorization/enrolment_link.html", {"person": user, "is_usable": False}, status=404)
    second_factor.permit_enrolment(request, until=now() + enrolment.PERMIT_LASTS)
    return redirect("mfa_activate_totp")


def _send(user: User) -> bool:
    """Mails the link. Returns False if no mail server accepted it."""
    link = settings.PUBLIC_BASE_URL + reverse("account_enrolment_link", args=[enrolment.make_link(user, now=now())])
    text = render_to_string("authorization/mail/enrolment.txt", {"link": link, "person": user})
    try:
        sent_count = mail.compose("Set up your second factor", text, user.email).send()
    except (OSError, SMTPException):
        _logger.exception("The link to set up a second factor was not sent.")
        return False
    return bool(sent_count)
