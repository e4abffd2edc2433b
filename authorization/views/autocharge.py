"""Authorization > Autocharge: which cars may start by themselves, who pays for them, and who agreed to that."""

from datetime import datetime
from typing import Final

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from authorization import audit
from authorization.decide import vehicles
from authorization.decide.vehicles import Consent, NoPayerError
from authorization.models import Decision, User, Vehicle
from authorization.people import access
from authorization.people.request import now, viewer
from authorization.tokens import tokens
from billing.access import sessions
from billing.models import Session
from chargers.fleet import time_zones

State = Vehicle.State
KINDS: Final = {State.SEEN: "unknown", State.SUSPENDED: "warn", State.ENABLED: "ok"}
_ROOM: Final = {"room": "authorization", "tab": "autocharge"}
_MOST: Final = 300


@login_required
@require_safe
def autocharge(request: HttpRequest) -> HttpResponse:
    """The host's cars: those that wait for a decision first."""
    found = _visible(viewer(request)).select_related("host", "token", "seen_by").annotate(rank=_RANK)
    rows = [(one, KINDS[State(one.state)]) for one in found.order_by("rank", "-seen_at")[:_MOST]]
    context = {**_ROOM, "rows": rows, "is_agent": viewer(request).is_agent}
    return render(request, "authorization/autocharge.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def vehicle_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One car: where it was seen, who pays, who agreed, and to which words."""
    user = viewer(request)
    rows = _visible(user).select_related("host", "token", "seen_by__property")
    vehicle = rows.filter(pk=pk).first()
    if vehicle is None:
        raise Http404
    may_change = access.may_manage(user, vehicle.host)
    if request.method == "POST":
        if not may_change:
            raise Http404
        return _acted(request, vehicle)
    decided = Decision.objects.filter(host=vehicle.host, canonical_uid=vehicle.canonical_uid)
    context = {
        **_ROOM,
        "vehicle": vehicle,
        "kind": KINDS[State(vehicle.state)],
        "may_change": may_change,
        "zone": vehicle.seen_by.property.time_zone if vehicle.seen_by else time_zones.of_host(vehicle.host),
        "session": _paired_session(user, vehicle),
        "decisions": decided.select_related("charger__property").order_by("-id")[:20],
    }
    return render(request, "authorization/vehicle.html", context)


_RANK: Final = Case(
    When(state=State.SUSPENDED, then=Value(0)), When(state=State.SEEN, then=Value(1)), default=Value(2),
    output_field=IntegerField(),
)  # fmt: skip


def _visible(user: User) -> QuerySet[Vehicle]:
    return access.limited(Vehicle.objects.all(), user, host="host_id", property_=None, charger=None)


def _paired_session(user: User, vehicle: Vehicle) -> Session | None:
    """The session that paired it, for those who may see sessions."""
    if vehicle.paired_by_id is None:
        return None
    return sessions(user).filter(transaction=vehicle.paired_by_id).first()


def _acted(request: HttpRequest, vehicle: Vehicle) -> HttpResponse:
    """Every act is written down with what was before; a removed car is as if it had never been seen."""
    user, do, at = viewer(request), request.POST.get("do", ""), now()
    with transaction.atomic():
        locked = Vehicle.objects.select_for_update().get(pk=vehicle.pk)
        before = _noted(locked)
        told, problem = _act(request, locked, do=do, user=user, at=at)
        if problem:
            notes.error(request, problem)
            return redirect("authorization:vehicle", pk=vehicle.pk)
        after = {} if do == "remove" else _noted(locked)
        subject = audit.Subject("vehicle", vehicle.pk, vehicle.uid, vehicle.host)
        audit.write(f"vehicle.{_VERBS[do]}", subject, user=user, now=at, before=before, after=after)
    notes.success(request, told)
    return redirect("authorization:autocharge") if do == "remove" else redirect("authorization:vehicle", pk=vehicle.pk)


_VERBS: Final = {
    "enable": "enabled", "suspend": "suspended", "remove": "removed", "pay": "payer_changed", "name": "named",
}  # fmt: skip


def _act(request: HttpRequest, vehicle: Vehicle, *, do: str, user: User, at: datetime) -> tuple[str, str]:
    """What was done, or why nothing was."""
    match do:
        case "enable":
            return _enable(request, vehicle, user=user, at=at)
        case "suspend":
            vehicles.suspend(vehicle)
            return f"{vehicle} is refused from now on. A running session goes on.", ""
        case "remove":
            vehicle.delete()
            return f"{vehicle.uid} is forgotten. If it names itself again, it is refused and remembered anew.", ""
        case "pay":
            token = tokens.find(vehicle.host, request.POST.get("uid", ""))
            if token is None:
                return "", "None of your cards has this number: it must be one of the host's own."
            vehicles.pay_with(vehicle, token)
            return f"{token.uid} pays for {vehicle}. Its driver has to agree to that.", ""
        case "name":
            vehicle.name = request.POST.get("name", "").strip()[:100]
            vehicle.save(update_fields=["name"])
            return "Saved.", ""
        case _:
            raise Http404


def _enable(request: HttpRequest, vehicle: Vehicle, *, user: User, at: datetime) -> tuple[str, str]:
    said = request.POST.get("consent", "").strip()
    if vehicle.consent_at is None and not said:
        return "", "Write down how the driver agreed: without that no car starts by itself."
    if vehicle.token_id is None:
        return "", "Say first which of your cards pays for this car."
    if said:
        vehicles.agree(vehicle, Consent(user.email, said), now=at)
    try:
        vehicles.enable(vehicle)
    except NoPayerError as exc:
        return "", str(exc)
    return f"{vehicle} starts by itself wherever its card is let in.", ""


def _noted(vehicle: Vehicle) -> dict[str, str | None]:
    return {
        "state": vehicle.state,
        "name": vehicle.name,
        "card": vehicle.token.uid if vehicle.token else None,
        "consent_by": vehicle.consent_by,
        "consent_words": vehicle.consent_words,
    }
