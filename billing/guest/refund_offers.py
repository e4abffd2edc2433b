"""Refund offers: one tap on the receipt's page accepts one."""

from datetime import UTC, datetime
from typing import Final

from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from billing.guest import documents
from billing.sessions.offers import acts
from billing.sessions.offers.offers import OfferError
from billing.sessions.visitors import limits

_AN_HOUR: Final = 20


@never_cache
@require_POST
def accept(request: HttpRequest, secret: str) -> HttpResponse:
    """Accepts the offer, once however often it is tapped."""
    session = documents.session_of(secret)
    if limits.too_often(request, "offers", limit=_AN_HOUR, within_s=3600):
        return HttpResponse(gettext("Too many requests from here: try again in an hour."), status=429)
    try:
        acts.accept(session, now=datetime.now(tz=UTC))
    except OfferError as exc:
        notes.info(request, gettext(str(exc)))
    else:
        notes.success(request, gettext("It is on its way back. This page says how far it is."))
    return redirect("guest:receipt", secret=secret)
