"""Complaints: a guest reports a problem to the host by the session's link, without an account."""

from datetime import UTC, datetime
from typing import Final

from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from billing.guest import documents
from billing.sessions.refunds import complaints
from billing.sessions.refunds.acts import complaints as acts
from billing.sessions.refunds.complaint_form import ComplaintForm
from billing.sessions.refunds.complaints import ComplaintError
from billing.sessions.visitors import limits

_AN_HOUR: Final = 10


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def complain(request: HttpRequest, secret: str) -> HttpResponse:
    """Shows the form on a page of its own; input is preserved if a field is missing."""
    session, at = documents.session_of(secret), datetime.now(tz=UTC)
    form = ComplaintForm(request.POST or None, session=session)
    why = complaints.obstacle(session, now=at)
    if request.method == "POST" and not why and form.is_valid():
        if limits.too_often(request, "complaints", limit=_AN_HOUR, within_s=3600):
            return HttpResponse(gettext("Too many complaints from here: try again in an hour."), status=429)
        try:
            acts.make(session, form.as_complaint(), now=at)
        except ComplaintError as exc:
            why = str(exc)
        else:
            notes.success(request, gettext("The host reads it. The answer appears on this page: keep its address."))
            return redirect("guest:receipt", secret=secret)
    context = {"session": session, "form": form, "why": gettext(why) if why else ""}
    return render(request, "guest/complain.html", context, status=409 if request.method == "POST" and why else 200)
