"""A session's line on the bill of its stay: taken back, or tried again, from the session's page."""

import uuid

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from authorization.people.request import now, viewer
from billing import access
from billing.models import FolioCharge
from billing.sessions.folios import acts


@login_required
@require_POST
def session_folio(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """Takes the line back or tries it again. `do`: back or again."""
    user = viewer(request)
    session = access.sessions(user).filter(pk=session_id).first()
    line = (
        FolioCharge.objects.select_related("session__host", "total").filter(session=session_id).first()
        if session
        else None
    )
    if line is None:
        raise Http404
    act = acts.try_again if request.POST.get("do") == "again" else acts.take_back
    if act(line, by=user, now=now()):
        notes.success(request, "It is done within seconds: reload this page to see how it ended.")
    else:
        notes.info(request, "Nothing was changed: it stands otherwise by now.")
    return redirect("billing:session", session_id=session_id)
