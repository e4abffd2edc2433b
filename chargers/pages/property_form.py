"""The form of a property's details, for the pages that add and edit one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from typing import Any, Final

from django import forms
from django.db.models import QuerySet

from chargers.models import Host, Property
from chargers.properties import countries, details, opening_hours
from chargers.properties.details import PropertyDetails, PropertyError

_DAY_NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DEGREES: Final = {"inputmode": "decimal", "autocomplete": "off"}


@dataclass(frozen=True, slots=True)
class DayFields:
    """The two times of a weekday."""

    name: str
    begins: forms.BoundField
    ends: forms.BoundField


class PropertyForm(forms.Form):
    """The fields of `PropertyDetails`; opening hours are two times for each day."""

    host = forms.ModelChoiceField(Host.objects.none(), empty_label=None)
    name = forms.CharField(max_length=200, help_text="As guests read it on the page of the QR code and on receipts.")
    address = forms.CharField(max_length=200, required=False, label="Street and number")
    postal_code = forms.CharField(max_length=20, required=False)
    city = forms.CharField(max_length=100, required=False)
    country = forms.ChoiceField(choices=[("", "Not given"), *countries.english_choices()], required=False)
    time_zone = forms.ChoiceField(
        choices=[(zone, zone.replace("_", " ")) for zone in details.time_zones()],
        help_text="Days, prices by hour and statements follow it. It cannot change once somebody has charged there.",
    )
    latitude = forms.DecimalField(
        max_digits=10,
        decimal_places=7,
        required=False,
        widget=forms.TextInput(attrs=_DEGREES | {"placeholder": "52.3702"}),
    )
    longitude = forms.DecimalField(
        max_digits=10,
        decimal_places=7,
        required=False,
        widget=forms.TextInput(attrs=_DEGREES | {"placeholder": "4.8952"}),
    )
    contact_email = forms.EmailField(
        required=False, label="Contact e-mail", help_text="Guests who need help write there."
    )
    contact_phone = forms.CharField(max_length=40, required=False, label="Contact phone")
    is_always_open = forms.BooleanField(required=False, label="Open all day, every day")

    def __init__(self, *args: Any, hosts: QuerySet[Host], property_: Property | None = None, **kwargs: Any) -> None:
        initial = {"is_always_open": True, "time_zone": "UTC"} | (_values(property_) if property_ else {})
        super().__init__(*args, **kwargs | {"initial": initial | kwargs.get("initial", {})})
        self._add_days(property_.opening_hours if property_ else {})
        if property_ is not None:
            del self.fields["host"]
            zone: Any = self.fields["time_zone"]
            if property_.time_zone not in dict(zone.choices):
                zone.choices = [*zone.choices, (property_.time_zone, property_.time_zone)]
        else:
            self.fields["host"].queryset = hosts  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            if field.help_text:
                field.widget.attrs["aria-describedby"] = f"id_{name}_hint"

    def days(self) -> Iterator[DayFields]:
        for name, day in zip(_DAY_NAMES, opening_hours.DAYS, strict=True):
            yield DayFields(name, self[f"{day}_from"], self[f"{day}_to"])

    def clean(self) -> dict[str, Any]:
        form_data: dict[str, Any] = super().clean() or self.cleaned_data
        entered_days = [day for day in opening_hours.DAYS if form_data.get(f"{day}_from") or form_data.get(f"{day}_to")]
        if form_data.get("is_always_open"):
            if any(f"{day}_{part}" in self.changed_data for day in entered_days for part in ("from", "to")):
                self.add_error("is_always_open", "You gave times below: take this tick away, or empty them.")
            return form_data
        for day in entered_days:
            if not (form_data.get(f"{day}_from") and form_data.get(f"{day}_to")):
                self.add_error(f"{day}_to", "Give both times, or neither if it is closed that day.")
        if not entered_days:
            self.add_error("is_always_open", "Give the times of at least one day, or choose open all day, every day.")
        return form_data

    def details(self) -> PropertyDetails:
        form_data = self.cleaned_data
        hours = {
            day: [form_data[f"{day}_from"].strftime("%H:%M"), form_data[f"{day}_to"].strftime("%H:%M")]
            for day in opening_hours.DAYS
            if not form_data["is_always_open"] and form_data[f"{day}_from"] and form_data[f"{day}_to"]
        }
        values = {name: form_data[name] for name in details.NAMES if name != "opening_hours"}
        return PropertyDetails(**values, opening_hours=hours)

    def show(self, error: PropertyError) -> None:
        """Shows the errors at their fields."""
        for name, sentence in error.faults.items():
            self.add_error(name if name in self.fields else None, sentence)

    def _add_days(self, hours: opening_hours.Hours) -> None:
        for name, day in zip(_DAY_NAMES, opening_hours.DAYS, strict=True):
            begins, ends = hours.get(day, ("", ""))
            for part, label, initial in (("from", "opens", begins), ("to", "closes", ends)):
                attrs = {"type": "time", "aria-label": f"{name}, {label}"}
                widget = forms.TimeInput(attrs=attrs, format="%H:%M")
                self.fields[f"{day}_{part}"] = forms.TimeField(
                    required=False,
                    label=f"{name}, {label}",
                    initial=time.fromisoformat(initial) if initial else None,
                    widget=widget,
                )


def _values(property_: Property) -> dict[str, Any]:
    values = {name: getattr(property_, name) for name in details.NAMES if name != "opening_hours"}
    return values | {"is_always_open": not property_.opening_hours}
