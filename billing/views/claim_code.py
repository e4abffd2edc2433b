"""A code for a charging card, shown once: whoever types it into their account has the card there."""

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from authorization import audit
from authorization.people import access
from authorization.people.request import now, viewer
from billing.drivers import driver_tokens
from billing.drivers.driver_tokens import ClaimError


@login_required
@never_cache
@require_POST
def claim_code(request: HttpRequest, pk: int) -> HttpResponse:
    """An earlier code of the same card ends."""
    user = viewer(request)
    token = access.tokens(user).select_related("host").filter(pk=pk, host__isnull=False).first()
    if token is None or token.host is None or not access.may_manage(user, token.host):
        raise Http404
    code = why = ""
    try:
        with transaction.atomic():
            code = driver_tokens.make_code(token, by=audit.actor(user), now=now())
            audit.write("token.claim_code_made", audit.Subject("token", token.pk, str(token), token.host), user=user,
                        now=now())  # fmt: skip
    except ClaimError as exc:
        why = str(exc)
    context = {"room": "authorization", "token": token, "code": code, "why": why}
    return render(request, "billing/claim_code.html", context)
