"""Properties > Maintenance of one property: planned, current and past windows, with forms to plan, end and cancel."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from authorization.models import User
from authorization.people import access
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from chargers.acts import maintenance as acts
from chargers.availability import maintenance
from chargers.availability.maintenance import MaintenanceError, Plan
from chargers.availability.uptime import Span
from chargers.lib.form_fields import MomentFormField
from chargers.models import Charger, Maintenance, Property

_LIMIT: Final = 50


class PlanForm(forms.Form):
    """The form of a window, in the property's zone. Times that a clock change skips or repeats are refused."""

    begins_at = MomentFormField(label="From", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    ends_at = MomentFormField(label="Until", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    reason = forms.CharField(max_length=200, label="What is done")
    chargers = forms.ModelMultipleChoiceField(
        queryset=Charger.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    refuses_starts = forms.TypedChoiceField(
        choices=[("yes", "Refuse starts"), ("no", "Only warn guests")],
        coerce=lambda value: value == "yes",
        initial="yes",
        widget=forms.RadioSelect,
        label="During it",
    )

    def __init__(self, *args: Any, property_: Property, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["chargers"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = property_.chargers.filter(retired_at=None).order_by("station_id")
        field.label_from_instance = lambda charger: charger.station_id or charger.charger_id  # type: ignore[assignment, method-assign]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def maintenance_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Shows maintenance; users who may manage the host can plan it."""
    user, at = viewer(request), now()
    property_ = access.properties(user).select_related("host").filter(slug=slug).first()
    if property_ is None:
        raise Http404
    may_manage = access.has_right(user, Right.MANAGE, property_.host)
    form = PlanForm(None, property_=property_)
    if request.method == "POST":
        if not may_manage:
            raise Http404
        refused = (
            _end(request, property_, by=user) if request.POST.get("do") == "end" else _plan(request, property_, by=user)
        )
        if refused is None:
            return redirect("chargers:maintenance", slug=slug)
        form = refused
    rows = property_.maintenances.prefetch_related("chargers__charger")
    context = {
        "room": "properties",
        "place": property_,
        "form": form,
        "may_manage": may_manage,
        "live": [
            _build_window_row(row, at) for row in rows.filter(ended_at=None, ends_at__gt=at).order_by("begins_at")
        ],
        "over": rows.exclude(ended_at=None, ends_at__gt=at).order_by("-begins_at")[:_LIMIT],
    }
    return render(request, "chargers/maintenance.html", context)


def _build_window_row(row: Maintenance, at: datetime) -> tuple[Maintenance, bool, int]:
    """Returns the window, whether it is in force, and how many reservations it ends."""
    return row, maintenance.is_in_force(row, now=at), maintenance.overlapping_reservations(row, now=at).count()


def _plan(request: HttpRequest, property_: Property, *, by: User) -> PlanForm | None:
    """Plans a window; returns None on success, else the form with errors."""
    with timezone.override(ZoneInfo(property_.time_zone)):
        form = PlanForm(request.POST, property_=property_)
        if not form.is_valid():
            return form
    entered = form.cleaned_data
    selected_chargers = list(entered["chargers"]) or list(property_.chargers.filter(retired_at=None))
    details = Plan(
        span=Span(entered["begins_at"], entered["ends_at"]),
        chargers=selected_chargers,
        reason=entered["reason"],
        refuses_starts=entered["refuses_starts"],
    )
    try:
        acts.plan(property_, details, by=by, now=now())
    except MaintenanceError as exc:
        form.add_error(exc.field or None, str(exc))
        return form
    notes.success(request, "Planned. Guests see it on the chargers’ pages from a day before.")
    return None


def _end(request: HttpRequest, property_: Property, *, by: User) -> PlanForm | None:
    key = request.POST.get("maintenance", "")[:18]
    row = property_.maintenances.filter(pk=int(key)).first() if key.isascii() and key.isdecimal() else None
    if row is None:
        raise Http404
    try:
        acts.end(row, by=by, now=now())
    except acts.AlreadyEndedError:
        notes.warning(request, "It was over already.")
    else:
        notes.success(request, "Ended. The chargers can be used again." if row.begun_at else "Cancelled.")
    return None
