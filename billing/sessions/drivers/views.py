"""A page that shows the claim code of a charging card once; the driver who types it into their account gets the card
there.
"""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from authorization.people import access
from authorization.people.request import now, viewer
from billing.sessions.drivers import acts
from billing.sessions.drivers.driver_tokens import ClaimError


@login_required
@never_cache
@require_POST
def claim_code(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes a code and shows it. An earlier code of the same card expires."""
    user = viewer(request)
    token = access.tokens(user).select_related("host").filter(pk=pk, host__isnull=False).first()
    if token is None:
        raise Http404
    code = why = ""
    try:
        code = acts.make_code(token, by=user, now=now())
    except ClaimError as exc:
        why = str(exc)
    context = {"room": "authorization", "token": token, "code": code, "why": why}
    return render(request, "billing/claim_code.html", context)
