"""Tools for access: a visitor, a guest's stay, a card, a charger's place."""

from datetime import timedelta
from typing import Any, Final

from django import forms

from authorization.identifiers import uids
from authorization.models import TokenGroup
from authorization.visits.access_requests import Visitor
from authorization.visits.stays import StayDetails
from chargers.lib import moments
from chargers.models import Property, Unit
from support.desk.admin.tools.tool import Doing, Tool, ToolForm, Values
from support.tools import access_previews as previews
from support.tools.acts import access as acts
from support.tools.case import Preview, TicketContext
from support.tools.charger_previews import charger_of

GROUP: Final = "Access"
_LIMIT: Final = 200
_HOURS: Final = [("4", "4 hours"), ("24", "a day"), ("72", "3 days"), ("168", "a week")]


class UidField(forms.CharField):
    """A card's number in any notation, converted to its canonical form."""

    def clean(self, value: Any) -> str:
        entered_uid = super().clean(value)
        try:
            return uids.of_card(entered_uid) if entered_uid else ""
        except uids.UidError as exc:
            raise forms.ValidationError(str(exc)) from exc


class LetInForm(ToolForm):
    """Who may charge, and for how long."""

    name = forms.CharField(label="Who", max_length=100)
    hours = forms.TypedChoiceField(label="For", coerce=int, choices=_HOURS)
    uid = UidField(label="Their card (UID)", max_length=100, required=False, help_text="Only where they hold one.")

    def prepare(self, case: TicketContext) -> None:
        access_request = previews.open_request(case)
        self.fields["name"].initial = access_request.name if access_request else case.ticket.email


class StayForm(ToolForm):
    """A reservation."""

    place = forms.ChoiceField(label="Where")
    guest_name = forms.CharField(label="Guest", max_length=100)
    uid = UidField(label="Their card (UID)", max_length=100)
    arrives = forms.DateTimeField(label="Arrives", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    departs = forms.DateTimeField(label="Departs", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    reference = forms.CharField(label="Reservation number", max_length=100, required=False)

    def prepare(self, case: TicketContext) -> None:
        self.choose("place", _list_unit_choices(case))

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        zone = self.case.zone
        for name in ("arrives", "departs"):
            if values.get(name) is not None:
                values[name] = moments.clamp_to_utc(values[name].replace(tzinfo=zone))
        if {"arrives", "departs"} <= values.keys() and values["departs"] <= values["arrives"]:
            self.add_error("departs", "They depart before they arrive.")
        return values


class WhitelistForm(ToolForm):
    """The card, and its new group."""

    uid = UidField(label="Card (UID)", max_length=100)
    group = forms.ChoiceField(label="Group")
    owner = forms.CharField(label="Whose it is", max_length=100, required=False)

    def prepare(self, case: TicketContext) -> None:
        groups = TokenGroup.objects.filter(host=case.host, is_parent=False).order_by("name")[:_LIMIT]
        self.choose("group", [(str(group.pk), group.name) for group in groups])


class AssignForm(ToolForm):
    """The charger's place."""

    place = forms.ChoiceField(label="Where it stands")

    def prepare(self, case: TicketContext) -> None:
        self.choose("place", _list_unit_choices(case))
        if case.charger is not None:
            self.fields["place"].initial = f"{case.charger.property_id}/{case.charger.unit_id or ''}"


def _list_unit_choices(case: TicketContext) -> list[tuple[str, str]]:
    """Returns the host's open properties with their units, as "property/unit"."""
    properties = Property.objects.filter(host=case.host, closed_at=None).order_by("name").prefetch_related("units")
    places: list[tuple[str, str]] = []
    for property_ in properties[:_LIMIT]:
        places.append((f"{property_.pk}/", property_.name))
        places += [(f"{property_.pk}/{unit.pk}", f"{property_.name}, {unit.name}") for unit in property_.units.all()]
    return places


def _get_property_and_unit(case: TicketContext, key: str) -> tuple[Property, Unit | None]:
    property_key, _, unit = key.partition("/")
    property_ = Property.objects.select_related("host").get(pk=int(property_key), host=case.host)
    return property_, Unit.objects.get(pk=int(unit), property=property_) if unit else None


def _group(case: TicketContext, key: str) -> TokenGroup:
    return TokenGroup.objects.select_related("host").get(pk=int(key), host=case.host)


def _no_charger(case: TicketContext) -> str:
    return "" if case.charger else "The ticket names no charger: set it under Acts first."


def _no_host(case: TicketContext) -> str:
    return "" if case.host else "The ticket names no charger or session: set one under Acts first."


def _no_group(case: TicketContext) -> str:
    if obstacle := _no_host(case):
        return obstacle
    has_one = TokenGroup.objects.filter(host=case.host, is_parent=False).exists()
    return "" if has_one else "The host has no group: it adds one under Authorization first."


def _let_in_preview(case: TicketContext, values: Values) -> Preview:
    until = case.now + timedelta(hours=values["hours"])
    return previews.let_in(case, name=values["name"], uid=values["uid"], until=until)


def _let_in(case: TicketContext, values: Values, doing: Doing) -> str:
    visitor = Visitor(name=values["name"], email=case.ticket.email, uid=values["uid"])
    until = doing.now + timedelta(hours=values["hours"])
    access_request = previews.open_request(case)
    return acts.let_in(
        charger_of(case), visitor, access_request=access_request, until=until, by=doing.by, now=doing.now
    )


def _build_stay_request(case: TicketContext, values: Values) -> StayDetails:
    property_, unit = _get_property_and_unit(case, values["place"])
    return StayDetails(
        property=property_,
        unit=unit,
        guest_name=values["guest_name"],
        guest_email=case.ticket.email,
        arrives_at=values["arrives"],
        departs_at=values["departs"],
        reference=values["reference"],
    )


def _stay(case: TicketContext, values: Values, doing: Doing) -> str:
    return acts.enter_stay(_build_stay_request(case, values), uid=values["uid"], by=doing.by, now=doing.now)


def _whitelist(case: TicketContext, values: Values, doing: Doing) -> str:
    group = _group(case, values["group"])
    return acts.whitelist(values["uid"], group=group, owner=values["owner"], by=doing.by, now=doing.now)


def _assign_preview(case: TicketContext, values: Values) -> Preview:
    property_, unit = _get_property_and_unit(case, values["place"])
    return previews.assign(case, property_=property_, unit=unit)


def _assign(case: TicketContext, values: Values, doing: Doing) -> str:
    charger = charger_of(case)
    set_up = previews.build_moved_setup(charger, *_get_property_and_unit(case, values["place"]))
    return acts.assign(charger, set_up, by=doing.by, now=doing.now)


TOOLS: Final = (
    Tool(
        key="let-in",
        label="Let somebody in for a while",
        group=GROUP,
        says="Opens the charger to one person until a time, by a link, and to their card.",
        form=LetInForm,
        obstacle=_no_charger,
        preview=_let_in_preview,
        act=_let_in,
    ),
    Tool(
        key="stay",
        label="Enter a reservation",
        group=GROUP,
        says=previews.BY_HAND,
        form=StayForm,
        obstacle=_no_host,
        preview=lambda case, values: previews.stay(case, _build_stay_request(case, values), uid=values["uid"]),
        act=_stay,
    ),
    Tool(
        key="whitelist",
        label="Add a card to a group",
        group=GROUP,
        says="The card may charge wherever the group may.",
        form=WhitelistForm,
        obstacle=_no_group,
        preview=lambda case, values: previews.whitelist(case, uid=values["uid"], group=_group(case, values["group"])),
        act=_whitelist,
    ),
    Tool(
        key="assign",
        label="Assign the charger to a property or unit",
        group=GROUP,
        says="Where the charger stands: that place’s rates and groups hold for it.",
        form=AssignForm,
        obstacle=_no_charger,
        preview=_assign_preview,
        act=_assign,
    ),
)
