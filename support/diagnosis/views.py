"""Answers of a host's people about lights and beeps, from the pages of a charger and of a session."""

from contextlib import suppress

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from authorization.people import access as people
from authorization.people.request import now, viewer
from billing import access
from billing.models import Session
from chargers.lib import ids
from support.diagnosis import acts
from support.diagnosis.acts import NotAskedError
from support.diagnosis.signs import SignReply
from support.models import SignAnswer


@login_required
@require_POST
def sign_answer(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Stores or replaces an answer; `session` names the session that it is about."""
    user = viewer(request)
    charger = people.chargers(user).select_related("property__host").filter(charger_id=charger_id).first()
    if charger is None or not people.may_operate(user, charger):
        raise Http404
    session: Session | None = None
    if key := ids.read(request.POST.get("session", "")):
        rows = access.sessions(user).select_related("charger", "property", "transaction")
        session = rows.filter(pk=key, charger=charger).first()
    with suppress(ValueError):
        submission = acts.GivenAnswer(
            charger=charger,
            session=session,
            question=request.POST.get("question", "")[:40],
            seen=SignReply(request.POST.get("seen", "")),
            asked_in=SignAnswer.Place.PORTAL,
        )
        try:
            acts.answer(submission, by=user, now=now())
        except NotAskedError as exc:
            notes.error(request, str(exc))
        else:
            notes.success(request, "Kept. It counts until the charger reports something new.")
    if session is not None:
        return redirect("billing:session", session_id=session.pk)
    return redirect("chargers:overview", charger_id=charger_id)
