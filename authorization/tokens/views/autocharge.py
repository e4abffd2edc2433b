"""Access > Autocharge: which cars may start by themselves, who pays for them, and who consented."""

from typing import Final

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from authorization.models import Decision, User, Vehicle
from authorization.people import access
from authorization.people.request import now, viewer
from authorization.tokens.acts import vehicles as acts
from billing.access import sessions
from billing.models import Session
from chargers.properties import time_zones

State = Vehicle.State
KINDS: Final = {State.SEEN: "unknown", State.SUSPENDED: "warn", State.ENABLED: "ok"}
_ROOM: Final = {"room": "authorization", "tab": "autocharge"}
_LIMIT: Final = 300


@login_required
@require_safe
def autocharge(request: HttpRequest) -> HttpResponse:
    """Lists the host's cars, starting with those that wait for a decision."""
    vehicles = _visible(viewer(request)).select_related("host", "token", "seen_by__property").annotate(rank=_RANK)
    rows = [
        (vehicle, KINDS[State(vehicle.state)], _zone(vehicle))
        for vehicle in vehicles.order_by("rank", "-seen_at")[:_LIMIT]
    ]
    context = {**_ROOM, "rows": rows, "is_agent": viewer(request).is_agent}
    return render(request, "authorization/autocharge.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def vehicle_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows one car: where it was seen, who pays, who consented, and to which wording."""
    user = viewer(request)
    rows = _visible(user).select_related("host", "token", "seen_by__property")
    vehicle = rows.filter(pk=pk).first()
    if vehicle is None:
        raise Http404
    may_change = access.may_manage(user, vehicle.host)
    if request.method == "POST":
        if not may_change:
            raise Http404
        return _handle_vehicle_form(request, vehicle)
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
    When(state=State.SUSPENDED, then=Value(0)),
    When(state=State.SEEN, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


def _visible(user: User) -> QuerySet[Vehicle]:
    return access.filter_permitted(Vehicle.objects.all(), user, host="host_id", property_=None, charger=None)


def _paired_session(user: User, vehicle: Vehicle) -> Session | None:
    """Returns the session that paired it, for users who may see sessions."""
    if vehicle.paired_by_id is None:
        return None
    return sessions(user).filter(transaction=vehicle.paired_by_id).first()


def _handle_vehicle_form(request: HttpRequest, vehicle: Vehicle) -> HttpResponse:
    """Acts on the car. A removed car is as if it had never been seen."""
    do = request.POST.get("do", "")
    try:
        sentence = _act(request, vehicle, do=do)
    except acts.VehicleError as exc:
        notes.error(request, str(exc))
        return redirect("authorization:vehicle", pk=vehicle.pk)
    notes.success(request, sentence)
    return redirect("authorization:autocharge") if do == "remove" else redirect("authorization:vehicle", pk=vehicle.pk)


def _act(request: HttpRequest, vehicle: Vehicle, *, do: str) -> str:
    """Acts on the car and returns a sentence for the user. Raises VehicleError."""
    user, at = viewer(request), now()
    match do:
        case "enable":
            acts.enable(vehicle, consent=request.POST.get("consent", "").strip(), by=user, now=at)
            return f"{vehicle} starts by itself wherever its card is let in."
        case "suspend":
            acts.suspend(vehicle, by=user, now=at)
            return f"{vehicle} is refused from now on. A running session goes on."
        case "remove":
            acts.remove(vehicle, by=user, now=at)
            return f"{vehicle.uid} is forgotten. If it names itself again, it is refused and remembered anew."
        case "pay":
            token = acts.pay_with(vehicle, uid=request.POST.get("uid", ""), by=user, now=at)
            return f"{token.uid} pays for {vehicle}. Its driver has to agree to that."
        case "name":
            acts.name(vehicle, text=request.POST.get("name", "").strip()[:100], by=user, now=at)
            return "Saved."
        case _:
            raise Http404


def _zone(car: Vehicle) -> str:
    """Returns the time zone of the charger where it was last seen, if that still exists."""
    return car.seen_by.property.time_zone if car.seen_by else "UTC"
