"""Handshakes of unknown charger ids, for agents; hosts see those of their chargers on the chargers' pages."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from authorization.people.request import now, viewer
from chargers.handshake import explanations
from chargers.models import FailedHandshake
from chargers.pages.handshakes import SHOWN_FOR

_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Pending:
    """An unregistered id. Each row is a minute with an attempt, so `minutes` counts these."""

    presented_id: str
    minutes: int
    last: FailedHandshake
    sources: int

    @property
    def last_at(self) -> datetime:
        return self.last.at


@login_required
@require_safe
def pending_chargers(request: HttpRequest) -> HttpResponse:
    """Lists unregistered ids that tried to connect, latest first, and encryption that failed before any id was sent."""
    if not viewer(request).is_agent:
        raise Http404
    since = now() - SHOWN_FOR
    bad_tls = FailedHandshake.objects.filter(reason=FailedHandshake.Reason.BAD_TLS, at__gte=since)
    context = {
        "room": "chargers",
        "rows": _pending(since=since),
        "bad_tls": [explanations.Failure(row) for row in bad_tls.order_by("-at")[:10]],
        "days": SHOWN_FOR.days,
    }
    return render(request, "chargers/pending.html", context)


def _pending(*, since: datetime) -> list[Pending]:
    """Returns the unregistered ids. Two queries."""
    groups = list(
        explanations.unknown(since=since)
        .values("presented_id")
        .annotate(minutes=Count("pk"), newest=Max("pk"), sources=Count("source", distinct=True))
        .order_by("-newest")[:_LIMIT]
    )
    rows = FailedHandshake.objects.in_bulk([group["newest"] for group in groups])
    return [
        Pending(group["presented_id"], group["minutes"], rows[group["newest"]], group["sources"]) for group in groups
    ]
