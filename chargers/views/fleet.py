"""Chargers > View: the Overview tab and the head of a charger's pages."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from authorization.decide import reasons
from authorization.insight import refusals, stops
from authorization.models import Decision, TokenGroup
from authorization.people import access
from authorization.people.request import now, viewer
from chargers.fleet import alerts, reports
from chargers.handshake import addresses, explanations
from chargers.models import Charger, Transaction
from chargers.pages import charger_decisions, live, power_day, recoveries, station
from chargers.pages.frame import frame_of
from chargers.pages.handshakes import SHOWN_FOR, origin_of
from chargers.recovery import progress
from chargers.settings import catalogue, settings
from chargers.upstreams import backends
from support.diagnosis import presentation as diagnosis
from support.explain import charger_timeline
from support.incidents import attention as incidents

_RECENT = 5
_LATEST = 10


@login_required
@require_safe
@live.follows(live.of_charger)
def overview(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Tells whether somebody can charge here now, and if not, why."""
    frame = frame_of(request, charger_id)
    at = now()
    ended = list(_ended_transactions(frame.charger)[: _RECENT + 1])
    recent = ended[:_RECENT]
    context = {
        "room": "chargers",
        "tab": "overview",
        "frame": frame,
        "leader": backends.leader_of(frame.charger),
        "station": station.of_frame(frame, _running(frame.charger)),
        "power": power_day.of_charger(frame.charger, zone=ZoneInfo(frame.time_zone), now=at),
        "latest": charger_timeline.latest(frame.charger, now=at, limit=_LATEST),
        "recent": list(zip(recent, stops.who_of_each(recent), strict=True)),
        "recent_more": len(ended) > _RECENT,
        "cautions": settings.contradictions_now(frame.charger),
        "repeated": [
            refusal
            for refusal in refusals.list_repeated(_list_decisions(frame.charger), now=at, limit=3).first
            if refusal.is_now
        ],
        "refusals": _refusals(frame.charger, since=at - timedelta(days=7)),
        "acts": charger_decisions.of_charger(frame.charger, since=at - timedelta(days=7)),
        "may_order": access.may_operate(viewer(request), frame.charger),
        "groups": _groups(frame.charger),
        "may_open_groups": access.may_see_groups(viewer(request), frame.charger.property.host),
        "events": frame.charger.events.order_by("-at")[:6],
        "model": catalogue.model_of(frame.charger),
        "signs": diagnosis.signs_of(frame.charger),
        "restarts": reports.restarts(frame.charger, since=at - timedelta(hours=1)),
        "alerts": [alert for alert in alerts.of_charger(frame.charger, now=at) if alert.kind == "bad"],
        "address": addresses.of_charger(frame.charger, origin_of(request)),
        "failures": explanations.of_charger(frame.charger, since=at - SHOWN_FOR, limit=3),
        "incidents": incidents.list_open(frame.charger),
        "diagnosis": diagnosis.of_charger(frame.charger, now=at),
        "recoveries": recoveries.rows_of(progress.of_charger(frame.charger, limit=3)),
        "deviations": frame.charger.deviations.order_by("-last_at")[:6],
    }
    return render(request, "chargers/overview.html", context)


@login_required
@require_safe
@live.follows(live.of_charger)
def charger_head(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Shows the charger's state and last message, in the self-refreshing head of its pages."""
    return render(request, "chargers/head.html", {"frame": frame_of(request, charger_id)})


def _running(charger: Charger) -> QuerySet[Transaction]:
    return charger.transactions.filter(stopped_at=None).order_by("evse_number")


def _ended_transactions(charger: Charger) -> QuerySet[Transaction]:
    rows = charger.transactions.exclude(stopped_at=None).select_related("charger__property")
    return rows.order_by("-started_at")


def _list_decisions(charger: Charger) -> QuerySet[Decision]:
    return Decision.objects.filter(charger=charger)


def _refusals(charger: Charger, *, since: datetime) -> list[dict[str, object]]:
    refused = Decision.objects.filter(charger=charger, verdict="refused", at__gte=since).order_by("-id")[:200]
    by_reason: dict[str, dict[str, object]] = {}
    for decision in refused:
        entry = by_reason.setdefault(
            decision.reason, {"reason": reasons.get(decision.reason), "last": decision, "count": 0}
        )
        entry["count"] = int(str(entry["count"])) + 1
    return list(by_reason.values())


def _groups(charger: Charger) -> QuerySet[TokenGroup]:
    reaching = TokenGroup.objects.filter(host=charger.property.host)
    by_property = reaching.filter(properties=charger.property)
    return (by_property | reaching.filter(chargers=charger) | reaching.filter(units=charger.unit_id or 0)).distinct()
