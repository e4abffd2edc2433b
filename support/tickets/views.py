"""Support: requests of the host's people, and their state."""

from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from authorization.people.request import viewer
from support.models import Ticket
from support.tickets import reading

_LIMIT: Final = 100
_KINDS: Final = {
    Ticket.State.NEW: "busy",
    Ticket.State.OPEN: "busy",
    Ticket.State.WAITING_CUSTOMER: "warn",
    Ticket.State.WAITING_HOST: "warn",
    Ticket.State.SOLVED: "ok",
    Ticket.State.CLOSED: "unknown",
}


@login_required
@require_safe
def request_list(request: HttpRequest) -> HttpResponse:
    """Lists the user's own requests and, for those who manage a host, those of its people; never its guests'."""
    user = viewer(request)
    tickets = (
        reading.visible_tickets(user)
        .select_related("host", "charger", "property", "opened_by")
        .order_by("-changed_at", "-id")[:_LIMIT]
    )
    request_rows = [(row, _KINDS[Ticket.State(row.state)]) for row in tickets]
    return render(request, "support/requests.html", {"room": "support", "rows": request_rows})
