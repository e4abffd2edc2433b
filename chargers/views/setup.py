"""Chargers > View > Set-up: location, outlets, readiness, licence and service of a charger."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from authorization.people import access
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from chargers.acts import fleet
from chargers.fleet import hardware_swaps, lifecycle
from chargers.fleet.lifecycle import BusyError, Outlet, SetUp
from chargers.models import Charger, Connector, Licence, Property, Unit
from chargers.pages import recoveries
from chargers.pages.fields import PLUGS, by_property
from chargers.pages.frame import Frame, frame_of

_W_PER_KW = 1000


class SetUpForm(forms.Form):
    """The set-up of a charger by its host. The fields `standard_<pk>` and `power_<pk>` belong to its connectors."""

    property = forms.ModelChoiceField(Property.objects.none(), empty_label=None)
    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        required=False,
        help_text="Guests who stay there may charge here, and only here.",
    )
    name = forms.CharField(max_length=100, required=False, help_text="Where to find it: “left of the entrance”.")
    configured = forms.BooleanField(
        required=False,
        label="It is set up",
        help_text="Until then only your own cards and stays are let in; guests read that it is not set up.",
    )
    accepts_any_token_until = forms.DateTimeField(
        required=False,
        label="Accept any card until",
        help_text="For a test or an event: every card is let in, also unknown ones. Empty: never.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, charger: Charger, places: list[Property], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plugs = list(Connector.objects.filter(evse__charger=charger).order_by("evse__number", "number"))
        units = Unit.objects.filter(property__in=places).select_related("property").order_by("property__name", "name")
        self.fields["property"].queryset = Property.objects.filter(pk__in=[p.pk for p in places])  # type: ignore[attr-defined]
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.fields["unit"].choices = [("", "None: anybody who may charge"), *by_property(units)]  # type: ignore[attr-defined]
        for plug in self.plugs:
            self.fields[f"standard_{plug.pk}"] = forms.ChoiceField(
                choices=_add_choice(PLUGS, plug.standard), required=False, label="Plug"
            )
            self.fields[f"power_{plug.pk}"] = forms.DecimalField(
                min_value=1, max_value=1000, max_digits=7, decimal_places=3, required=False, label="Power in kW"
            )

    def outlets(self) -> list[tuple[Connector, forms.BoundField, forms.BoundField]]:
        return [(plug, self[f"standard_{plug.pk}"], self[f"power_{plug.pk}"]) for plug in self.plugs]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        unit, property_ = values.get("unit"), values.get("property")
        if unit and property_ and unit.property_id != property_.pk:
            self.add_error("unit", f"{unit.name} belongs to {unit.property.name}: choose a unit of {property_.name}.")
        until = values.get("accepts_any_token_until")
        if until and "accepts_any_token_until" in self.changed_data and until <= now():
            self.add_error("accepts_any_token_until", "This moment is over: choose one to come, or leave it empty.")
        return values

    def details(self) -> SetUp:
        values = self.cleaned_data
        return SetUp(
            property=values["property"],
            unit=values["unit"],
            name=values["name"].replace("\x00", ""),
            configured=values["configured"],
            accepts_any_token_until=values["accepts_any_token_until"],
            outlets={
                plug.pk: Outlet(values[f"standard_{plug.pk}"], _watts(values[f"power_{plug.pk}"]))
                for plug in self.plugs
            },
        )


class LicenceForm(forms.ModelForm):  # type: ignore[type-arg]
    """For agents: the right to operate."""

    class Meta:
        model = Licence
        fields = ["state", "expires_on"]
        widgets = {"expires_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
        labels = {"expires_on": "Last day"}
        help_texts = {"expires_on": "Empty: without end."}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def setup_page(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Shows the host's set-up of the charger; readers see it, managers can change it."""
    frame = frame_of(request, charger_id)
    user, charger = viewer(request), frame.charger
    may_manage = access.may_manage(user, charger.property.host)
    with timezone.override(ZoneInfo(frame.time_zone)):
        places = lifecycle.property_choices(charger, access.managed_properties(user)) or [charger.property]
        form = SetUpForm(request.POST or None, charger=charger, places=places, initial=_initial(frame))
        if request.method == "POST":
            if not may_manage:
                raise Http404
            if form.is_valid() and _save_setup(request, charger, form):
                return redirect("chargers:setup", charger_id=charger_id)
        context = {
            "room": "chargers",
            "tab": "setup",
            "frame": frame,
            "form": form,
            "may_manage": may_manage,
            "support": settings.SUPPORT_EMAIL,
            "may_operate": access.may_operate(user, charger),
            "may_connect": access.may_at(user, Right.CONNECT, charger),
            "replacements": hardware_swaps.list_of(charger),
            "ladder": recoveries.choice(charger),
            "licence_form": LicenceForm(instance=_licence(charger)) if user.is_agent else None,
        }
        return render(request, "chargers/setup.html", context)


@login_required
@require_POST
def setup_service(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Retires the charger, or brings it back."""
    frame = frame_of(request, charger_id)
    charger = frame.charger
    if not access.may_manage(viewer(request), charger.property.host):
        raise Http404
    reason = request.POST.get("reason", "").replace("\x00", "").strip()[:400]
    is_back = request.POST.get("do") == "bring_back"
    if not reason and not is_back:
        notes.error(request, "Say why the charger goes out of service: the next one who looks wants to know.")
        return redirect("chargers:setup", charger_id=charger_id)
    try:
        change = fleet.bring_back if is_back else fleet.retire
        change(charger, reason=reason, by=viewer(request), now=now())
    except BusyError as exc:
        notes.error(request, str(exc))
    else:
        text = "is in service again." if is_back else "is retired: it is let in no more, and its label leads nowhere."
        notes.success(request, f"{charger.station_id} {text}")
    return redirect("chargers:setup", charger_id=charger_id)


@login_required
@require_POST
def setup_licence(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Activates, prolongs or ends the licence, for agents."""
    charger = frame_of(request, charger_id).charger
    if not viewer(request).is_agent:
        raise Http404
    form = LicenceForm(request.POST, instance=_licence(charger))
    if not form.is_valid():
        notes.error(request, "The licence was not changed: choose a state, and a day like 2027-12-31 or none.")
        return redirect("chargers:setup", charger_id=charger_id)
    values = form.cleaned_data
    fleet.license_(charger, state=values["state"], expires_on=values["expires_on"], by=viewer(request), now=now())
    notes.success(request, f"The licence of {charger.station_id} is saved.")
    return redirect("chargers:setup", charger_id=charger_id)


def _save_setup(request: HttpRequest, charger: Charger, form: SetUpForm) -> bool:
    """Saves the change; False if it added an error to the form."""
    try:
        is_changed = fleet.set_up(charger, form.details(), by=viewer(request), now=now())
    except BusyError as exc:
        form.add_error("property", str(exc))
        return False
    notes.success(request, "Saved." if is_changed else "Nothing was changed.")
    return True


def _initial(frame: Frame) -> dict[str, Any]:
    current_setup = lifecycle.as_it_is(frame.charger)
    until: datetime | None = current_setup.accepts_any_token_until
    initial: dict[str, Any] = {
        "property": current_setup.property.pk,
        "unit": current_setup.unit.pk if current_setup.unit else None,
        "name": current_setup.name,
        "configured": current_setup.configured,
        "accepts_any_token_until": until.replace(second=0, microsecond=0) if until else None,
    }
    for pk, outlet in current_setup.outlets.items():
        initial[f"standard_{pk}"] = outlet.standard
        initial[f"power_{pk}"] = None if outlet.max_power_w is None else f"{outlet.max_power_w / _W_PER_KW:g}"
    return initial


def _add_choice(choices: tuple[tuple[str, str], ...], value: str) -> list[tuple[str, str]]:
    offered_values = {name for name, _ in choices}
    return [*choices] if value in offered_values else [*choices, (value, value)]


def _watts(kilowatts: Any) -> int | None:
    return None if kilowatts is None else int(kilowatts * _W_PER_KW)


def _licence(charger: Charger) -> Licence:
    return Licence.objects.filter(charger=charger).first() or Licence(charger=charger)
