"""Chargers > View > Proxy: who decides here, and who agrees with us."""

from asgiref.sync import async_to_sync
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from authorization.accounts import fresh_login
from authorization.insight import divergence
from authorization.people import access
from authorization.people.request import now, viewer
from chargers.acts import upstreams
from chargers.commands import sending
from chargers.lib import ids
from chargers.models import Charger, Message, Upstream, UpstreamLink
from chargers.pages.frame import Frame, frame_of
from chargers.pages.proxy import DISAGREED_SINCE, get_managed_frame, row_of
from chargers.proxy import upstream_socket
from chargers.settings import catalogue
from chargers.upstreams import backends, plan, upstream_figures

_CARDS = ("Authorize", "StartTransaction", "TransactionEvent")


@login_required
@never_cache
@require_safe
def proxy(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Lists every back office with its role, state and last verdict, including us."""
    frame = frame_of(request, charger_id)
    charger, at = frame.charger, now()
    rows = backends.of_charger(charger)
    figures = upstream_figures.of_charger(charger, rows, now=at)
    last = Message.objects.filter(charger=charger, action__in=_CARDS, upstream="").exclude(uid="")
    newest = last.order_by("-id").first()
    a_day = Message.objects.filter(charger=charger, upstream="", id__gte=ids.floor(at - upstream_figures.LOOKED_BACK))
    context = {
        "room": "chargers",
        "tab": "proxy",
        "frame": frame,
        "leader": next((figure for figure in figures if _is_leader(figure.upstream)), None),
        "figures": sorted(figures, key=lambda figure: (not _is_leader(figure.upstream), figure.upstream.name)),
        "last_authorize": newest,
        "our_word": _our_word(newest),
        "messages_a_day": a_day.count(),
        "divergences": divergence.report([charger], since=at - DISAGREED_SINCE, limit=6),
        "model": catalogue.model_of(charger),
        "may_manage": access.may_manage(viewer(request), charger.property.host),
        "absent": Charger.LeaderAbsent.choices,
        "now": at,
    }
    return render(request, "chargers/proxy.html", context)


@login_required
@require_POST
def proxy_settings(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Sets what happens while the Leader is away, and how long to wait for it."""
    frame = get_managed_frame(request, charger_id)
    charger = frame.charger
    absent, limit = request.POST.get("absent", ""), request.POST.get("limit_s", "")
    if absent not in Charger.LeaderAbsent.values or not limit.isdecimal() or not 1 <= int(limit) <= 60:
        notes.warning(request, "Choose what happens, and a limit of 1 to 60 seconds.")
        return redirect("chargers:proxy", charger_id=charger_id)
    upstreams.set_absence(charger, absent=absent, limit_s=int(limit), by=viewer(request), now=now())
    notes.success(request, "Saved.")
    return redirect("chargers:proxy", charger_id=charger_id)


@login_required
@require_POST
def proxy_act(request: HttpRequest, charger_id: str, upstream_id: int) -> HttpResponse:
    """Pauses, resumes, tests or disconnects a back office."""
    frame = get_managed_frame(request, charger_id)
    row = row_of(frame, upstream_id)
    match request.POST.get("way", ""):
        case "test":
            _test(request, frame, row)
        case "pause":
            _pause(request, frame, row)
        case "resume":
            _resume(request, frame, row)
        case "disconnect":
            return _disconnect(request, frame, row)
        case _:
            raise Http404
    return redirect("chargers:proxy", charger_id=charger_id)


def _our_word(newest: Message | None) -> str:
    """Returns our actual or hypothetical verdict on the newest token."""
    if newest is None or not newest.decision_id:
        return newest.verdict if newest else ""
    opinions = divergence.opinions_by_decision([newest.decision_id]).get(newest.decision_id, [])
    return next((opinion.status for opinion in opinions if opinion.voice == "us"), newest.verdict)


def _is_leader(row: Upstream) -> bool:
    return row.role == Upstream.Role.LEADER and row.paused_at is None


def _test(request: HttpRequest, frame: Frame, row: Upstream) -> None:
    """Tests the connection unless it is up, because most back offices only keep the newest connection, so a test would
    end the charger's.
    """
    if UpstreamLink.objects.filter(charger=frame.charger, upstream=row, connected_at__isnull=False).exists():
        notes.success(request, f"{row.name} is connected: there is nothing to test.")
        return
    upstreams.begin_test(frame.charger, row, by=viewer(request), now=now())
    facts = plan.facts_of(row, frame.charger)
    version = sending.version_of(frame.charger)
    try:
        async_to_sync(upstream_socket.probe)(facts, version=version)
    except upstream_socket.FailedError as exc:
        notes.warning(request, f"{row.name} {exc}.")
    else:
        notes.success(request, f"{row.name} answered and speaks OCPP {version}.")


def _pause(request: HttpRequest, frame: Frame, row: Upstream) -> None:
    upstreams.pause(frame.charger, row, by=viewer(request), now=now())
    leads = " Meanwhile we lead." if row.role == Upstream.Role.LEADER else ""
    notes.success(request, f"{row.name} is paused: it hears nothing and may ask for nothing.{leads}")


def _resume(request: HttpRequest, frame: Frame, row: Upstream) -> None:
    upstreams.resume(frame.charger, row, by=viewer(request), now=now())
    notes.success(request, f"{row.name} is being connected to.")


@fresh_login.after_log_in
def _disconnect(request: HttpRequest, frame: Frame, row: Upstream) -> HttpResponse:
    upstreams.disconnect(frame.charger, row, by=viewer(request), now=now())
    notes.success(request, f"{row.name} is disconnected. What still waited for it is gone.")
    return redirect("chargers:proxy", charger_id=frame.charger.charger_id)
