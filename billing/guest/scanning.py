"""Scanning a label on the page: what the camera's script read, or a photo that is decoded here."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from billing.guest import enter_page
from billing.guest.enter_page import Entry
from billing.sessions.documents import scans
from billing.sessions.scanning import decoder, outcomes, photos
from billing.sessions.scanning.decoder import PhotoError, Problem
from billing.sessions.starting.landing import Prompt
from billing.sessions.visitors import limits

_PHOTOS_A_MINUTE: Final = 12
_MAX_TEXTS: Final = 20
_STATUSES: Final = {
    Problem.TOO_MANY_BYTES: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Problem.TOO_MANY_PIXELS: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Problem.HEIC: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Problem.NO_PICTURE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Problem.TOO_SLOW: HTTPStatus.UNPROCESSABLE_ENTITY,
    Problem.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def scan(request: HttpRequest) -> HttpResponse:
    """Leads to the charger of the label in `code` or `picture`, or says why not.

    `code` is what the browser read; it comes once for each code in the picture.
    """
    if request.method != "POST":
        return redirect("guest:enter")
    texts = request.POST.getlist("code")[:_MAX_TEXTS]
    return _lead(request, texts) if texts else _read_photo(request)


def _read_photo(request: HttpRequest) -> HttpResponse:
    if limits.too_often(request, "label-photos", limit=_PHOTOS_A_MINUTE, within_s=60):
        return _refuse(request, outcomes.explain_too_many(), status=HTTPStatus.TOO_MANY_REQUESTS)
    upload = request.FILES.get("picture")
    try:
        if upload is not None and (upload.size or 0) > decoder.LIMITS.most_bytes:
            raise PhotoError(Problem.TOO_MANY_BYTES)
        reading = photos.read(upload.read() if upload is not None else b"")
    except PhotoError as exc:
        status = _STATUSES.get(exc.problem, HTTPStatus.BAD_REQUEST)
        return _refuse(request, outcomes.explain_problem(exc.problem), status=status)
    if not reading.texts:
        return _refuse(request, outcomes.explain_reading(reading))
    return _lead(request, reading.texts)


def _lead(request: HttpRequest, texts: list[str] | tuple[str, ...]) -> HttpResponse:
    """Redirects to the page of the one label of ours, never to an address that was read. Counts it as a scan."""
    outcome = outcomes.resolve(texts, host_id=getattr(request, "guest_host_id", None))
    if not isinstance(outcome, Prompt):
        scans.record(outcome.charger, connector=outcome.connector, now=datetime.now(tz=UTC))
        return redirect(outcome.path)
    if outcome.code != outcomes.UNKNOWN_STATION:
        return _refuse(request, outcome)
    if limits.too_many_unknown_stations(request):
        return enter_page.render_too_many_unknown()
    return _refuse(request, outcome, status=HTTPStatus.NOT_FOUND)


def _refuse(request: HttpRequest, prompt: Prompt, *, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    return enter_page.render_page(request, Entry(prompt=prompt, was_scanned=True), status=status)
