"""Shared parts of the pages about a charger's back offices."""

from datetime import timedelta

from django.http import Http404, HttpRequest

from authorization.people import access
from authorization.people.request import viewer
from chargers.models import Upstream
from chargers.pages.frame import Frame, frame_of
from chargers.upstreams import backends

DISAGREED_SINCE = timedelta(days=30)


def get_managed_frame(request: HttpRequest, charger_id: str) -> Frame:
    """Returns the charger if the user may manage it; otherwise 404."""
    frame = frame_of(request, charger_id)
    if not access.may_manage(viewer(request), frame.charger.property.host):
        raise Http404
    return frame


def row_of(frame: Frame, upstream_id: int) -> Upstream:
    """Returns a back office that applies to this charger; otherwise 404."""
    row = next((upstream for upstream in backends.of_charger(frame.charger) if upstream.pk == upstream_id), None)
    if row is None:
        raise Http404
    return row
