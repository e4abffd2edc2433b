"""Adds a charger: its model and location, then how to connect it, with its password shown once."""

from typing import Any

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from authorization.people import access
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from chargers.acts import fleet
from chargers.fleet import registration
from chargers.fleet.registration import Outlets, Registration
from chargers.models import Property, Unit
from chargers.pages import connecting
from chargers.pages.fields import PLUGS, PROFILES, by_property
from chargers.pages.frame import frame_of

_NAMES_FOLLOW = {
    "hx-get": "",
    "hx-include": "#names",
    "hx-target": "#names",
    "hx-select": "#names",
    "hx-swap": "outerHTML",
    "hx-trigger": "change",
}
"""Proposed names belong to the chosen property."""
VERSIONS = (("", "Not known yet"), ("1.6", "OCPP 1.6 JSON"), ("2.0.1", "OCPP 2.0.1"), ("2.1", "OCPP 2.1"))


class ChargerForm(forms.Form):
    """The fields needed before a charger connects; it reports the rest itself."""

    property = forms.ModelChoiceField(Property.objects.none(), empty_label=None)
    unit = forms.ModelChoiceField(Unit.objects.none(), required=False, empty_label="None")
    charger_id = forms.CharField(
        max_length=48,
        label="Charger id",
        help_text="The name that the charger gives itself: the end of its address, and its user name.",
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off", "autocapitalize": "off"}),
    )
    station_id = forms.CharField(
        max_length=48,
        label="Station ID",
        help_text="Printed on the label for guests. Often the same.",
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off"}),
    )
    version = forms.ChoiceField(choices=VERSIONS, required=False, label="OCPP version")
    security_profile = forms.ChoiceField(
        choices=PROFILES[:2],
        initial="1",
        label="Security profile",
        help_text="For profile 3 begin with 2: the charger gets its certificate over that connection.",
    )
    connectors = forms.IntegerField(min_value=1, max_value=20, initial=1)
    standard = forms.ChoiceField(choices=PLUGS, required=False, label="Plug")
    max_power_kw = forms.DecimalField(
        min_value=1, max_value=1000, max_digits=6, decimal_places=2, required=False, label="Power in kW"
    )

    def __init__(self, *args: Any, places: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["property"].queryset = places  # type: ignore[attr-defined]
        self.fields["property"].widget.attrs.update(_NAMES_FOLLOW)
        units = Unit.objects.filter(property__in=places).select_related("property").order_by("property__name", "name")
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.fields["unit"].choices = [("", "None"), *by_property(units)]  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            if field.help_text:
                field.widget.attrs["aria-describedby"] = f"id_{name}_hint"

    def clean_charger_id(self) -> str:
        return _clean_id(self.cleaned_data["charger_id"].strip(), registration.id_fault)

    def clean_station_id(self) -> str:
        return _clean_id(self.cleaned_data["station_id"].strip(), registration.station_id_fault)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        unit, property_ = values.get("unit"), values.get("property")
        if unit and property_ and unit.property_id != property_.pk:
            self.add_error("unit", f"{unit.name} belongs to {unit.property.name}: choose a unit of {property_.name}.")
        return values

    def registration(self) -> Registration:
        values = self.cleaned_data
        power = values["max_power_kw"]
        return Registration(
            charger_id=values["charger_id"],
            station_id=values["station_id"],
            property=values["property"],
            unit=values["unit"],
            version=values["version"],
            security_profile=int(values["security_profile"]),
            outlets=Outlets(values["connectors"], values["standard"], None if power is None else int(power * 1000)),
        )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def charger_add(request: HttpRequest) -> HttpResponse:
    """Shows the form; after submission, the page for connecting the charger, with the password shown only once."""
    places = access.managed_properties(viewer(request)).order_by("name")
    if not places:
        if not access.may_somewhere(viewer(request), Right.MANAGE):
            raise Http404
        notes.info(request, "A charger stands at a property: add that first.")
        return redirect("chargers:property-add")
    form = ChargerForm(request.POST or None, places=places, initial=_build_initial_values(request, list(places)))
    if request.method == "POST" and form.is_valid():
        try:
            charger, password = fleet.register(form.registration(), by=viewer(request), now=now())
        except registration.TakenError as exc:
            form.add_error("charger_id", str(exc))
        else:
            context = connecting.build_context(request, frame_of(request, charger.charger_id))
            return render(request, "chargers/connect.html", context | {"password": password, "is_new": True})
    return render(request, "chargers/add.html", {"room": "chargers", "form": form})


@login_required
@never_cache
@require_safe
def connect_page(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Shows the same without the password: the address, what to type where, and whether the charger has connected."""
    frame = frame_of(request, charger_id)
    if not access.may_at(viewer(request), Right.CONNECT, frame.charger):
        raise Http404
    template = "chargers/connect.html"
    if request.htmx and request.htmx.target == "waiting":  # type: ignore[attr-defined]
        template += "#waiting"
    return render(request, template, connecting.build_context(request, frame))


def _build_initial_values(request: HttpRequest, places: list[Property]) -> dict[str, Any]:
    """Returns initial values: `property` (its slug or key) and `id` in the address, else the next free id.

    Typed values are kept when another property is chosen, except the previous proposal (`proposed`).
    """
    property_ref = request.GET.get("property")
    property_ = next(
        (property_ for property_ in places if property_ref in {property_.slug, str(property_.pk)}), places[0]
    )
    proposal, before = registration.proposal(property_), request.GET.get("proposed", "")
    entered_ids = {name: request.GET.get(name, "")[:48].strip() for name in ("charger_id", "station_id")}
    typed_over = {name: text for name, text in entered_ids.items() if text and text != before}
    names = {"charger_id": request.GET.get("id", "")[:48] or proposal, "station_id": proposal}
    return {"property": property_.pk, "proposed": proposal, **names, **typed_over}


def _clean_id(text: str, fault_of: Any) -> str:
    if fault := fault_of(text):
        raise ValidationError(fault)
    return text
