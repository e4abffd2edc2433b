"""Guests' answers about what they see and hear at the charger: one tap on the page of the session or charger."""

from datetime import UTC, datetime
from typing import Final

from django.contrib import messages as notes
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from billing.guest import documents
from billing.models import Session
from billing.sessions.starting import landing
from billing.sessions.visitors import limits
from chargers.models import Charger
from support.diagnosis import acts
from support.diagnosis.signs import SignReply
from support.models import SignAnswer

_AN_HOUR: Final = 20


@never_cache
@require_POST
def of_session(request: HttpRequest, secret: str) -> HttpResponse:
    """Records an answer by the session's link."""
    session = documents.session_of(secret)
    refused = _record_answer(request, session.charger, session, SignAnswer.Place.SESSION)
    return refused or redirect("guest:session", secret=secret)


@never_cache
@require_POST
def of_station(request: HttpRequest, station_id: str) -> HttpResponse:
    """Records an answer at a charger that nobody can use now."""
    charger = landing.find(station_id)
    if charger is None:
        raise Http404
    refused = _record_answer(request, charger, None, SignAnswer.Place.CHARGER)
    return refused or redirect("guest:station", station_id=station_id)


def _record_answer(
    request: HttpRequest, charger: Charger, session: Session | None, asked_in: SignAnswer.Place
) -> HttpResponse | None:
    """Records the answer once: a repeat, or one after the charger came back, changes nothing."""
    if limits.too_often(request, "signs", limit=_AN_HOUR, within_s=3600):
        return HttpResponse(gettext("Too many requests from here: try again in an hour."), status=429)
    code, sign_state = request.POST.get("question", ""), request.POST.get("seen", "")
    if sign_state in {*SignReply}:
        sign_answer = acts.GivenAnswer(
            charger=charger, session=session, question=code[:40], seen=SignReply(sign_state), asked_in=asked_in
        )
        if acts.answer_as_guest(sign_answer, now=datetime.now(tz=UTC)):
            notes.success(request, gettext("Thank you for your answer."))
    return None
