"""The form of a local group: its name, the places that it opens, and when."""

from typing import Any, Final

from django import forms
from django.db.models import Model

from authorization.decide.facts import WEEKDAYS
from authorization.models import TokenGroup
from chargers.lib.form_fields import MomentFormField
from chargers.models import Charger, Host, Property, Unit

_DAYS: Final = [(day, day.title()) for day in WEEKDAYS]
_MAX_WINDOWS: Final = 7
_LOCAL: Final = "%Y-%m-%dT%H:%M"


class _LabelledChoices(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Choices of units and chargers, named together with their place."""

    def label_from_instance(self, obj: Model) -> str:
        match obj:
            case Unit():
                return f"{obj.property.name}, {obj.name}"
            case Charger():
                return f"{obj.station_id}, {obj.property.name}"
            case _:
                return str(obj)


def _make_choice_field() -> _LabelledChoices:
    return _LabelledChoices(queryset=Property.objects.none(), required=False, widget=forms.CheckboxSelectMultiple)


class GroupForm(forms.ModelForm):  # type: ignore[type-arg]
    """The form of one host's group, with places of that host. Times are in `zone`."""

    properties = _make_choice_field()
    units = _make_choice_field()
    chargers = _make_choice_field()

    class Meta:
        model = TokenGroup
        fields = ["name", "enabled", "is_parent", "active_from", "active_to", "properties", "units", "chargers"]
        labels = {
            "enabled": "Group enabled",
            "is_parent": "Its cards may stop each other's sessions (OCPP parent)",
            "active_from": "Opens from",
            "active_to": "Opens until",
        }
        help_texts = {"enabled": "Without this it opens nothing, and keeps its cards.", "is_parent": ""}
        widgets = {
            name: forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_LOCAL)
            for name in ("active_from", "active_to")
        }
        field_classes = dict.fromkeys(("active_from", "active_to"), MomentFormField)

    def __init__(self, *args: Any, host: Host, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        doors = {
            "properties": Property.objects.filter(host=host).order_by("name"),
            "units": Unit.objects.filter(property__host=host)
            .select_related("property")
            .order_by("property__name", "name"),
            "chargers": Charger.objects.filter(property__host=host, retired_at=None)
            .select_related("property")
            .order_by("property__name", "station_id"),
        }
        for name, rows in doors.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelMultipleChoiceField)
            field.queryset = rows
        for name in ("active_from", "active_to"):
            self.fields[name].help_text = f"In {zone}. Empty: {'at once' if name == 'active_from' else 'without end'}."

    @property
    def doors(self) -> list[tuple[forms.BoundField, str]]:
        """Returns the fields of properties, units and chargers, with their titles."""
        return [(self["properties"], "Properties"), (self["units"], "Units"), (self["chargers"], "Chargers")]

    def clean(self) -> dict[str, Any]:
        form_data = super().clean() or self.cleaned_data
        begins, ends = form_data.get("active_from"), form_data.get("active_to")
        if begins and ends and ends <= begins:
            self.add_error("active_to", "This must be later than the beginning.")
        return form_data


class WindowForm(forms.Form):
    """One window of the week; an empty one is ignored."""

    days = forms.MultipleChoiceField(choices=_DAYS, required=False, widget=forms.CheckboxSelectMultiple)
    start = forms.TimeField(
        required=False, label="From", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    end = forms.TimeField(required=False, label="To", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    @property
    def row(self) -> dict[str, object] | None:
        """Returns the window as stored (`TokenGroup.schedule`); None for an empty one."""
        form_data = self.cleaned_data
        if not form_data.get("days") and form_data.get("start") is None and form_data.get("end") is None:
            return None
        times = {
            name: form_data[key].strftime("%H:%M") for name, key in (("from", "start"), ("to", "end")) if form_data[key]
        }
        return {"days": form_data["days"], **times} if form_data["days"] else dict(times)


WindowForms = forms.formset_factory(WindowForm, extra=1, max_num=_MAX_WINDOWS, validate_max=True)


def window_initial(group: TokenGroup) -> list[dict[str, object]]:
    """Returns the stored windows as the forms show them."""
    return [{"days": row.get("days"), "start": row.get("from"), "end": _end(row.get("to"))} for row in group.schedule]


def _end(end_value: object) -> object:
    return "00:00" if end_value == "24:00" else end_value
