"""Access > Stays: which guest's card may charge at which unit, from when to when."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authorization.identifiers import uids
from authorization.models import Stay, User
from authorization.people import access
from authorization.people.request import now, read_query_param, viewer
from authorization.tokens import coverage
from authorization.visits import stay_keys, stays
from authorization.visits.acts import stays as acts
from authorization.visits.stays import ManagedElsewhereError, State, StayDetails
from billing.sessions.arrivals import history
from chargers.lib import moments
from chargers.models import Property

_ROOM: Final = {"room": "authorization", "tab": "stays"}
_PAGE: Final = 50
_MAX_CARDS: Final = 10
_MAX_MESSAGES: Final = 10
_KINDS: Final = {
    State.COMING: "busy",
    State.RUNNING: "ok",
    State.OVER: "unknown",
    State.CANCELLED: "unknown",
    State.NO_SHOW: "unknown",
}


class StayForm(forms.Form):
    """A stay at one of the properties, with times in that property's time zone."""

    guest_name = forms.CharField(label="Guest", max_length=200)
    guest_email = forms.EmailField(label="E-mail address", required=False)
    reference = forms.CharField(label="Reference", max_length=100, required=False)
    arrives = forms.CharField(label="From", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    departs = forms.CharField(label="Until", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    cards = forms.CharField(label="Cards", required=False, widget=forms.Textarea(attrs={"rows": 2, "class": "mono"}))

    def __init__(self, *args: Any, properties: list[Property], is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places: dict[str, tuple[Property, Any]] = {}
        choices = []
        for property_ in properties:
            ones = [("", None), *((unit.slug, unit) for unit in property_.units.all())]
            self._places |= {f"{property_.slug}/{slug}": (property_, unit) for slug, unit in ones}
            unit_choices = [
                (f"{property_.slug}/{slug}", unit.name if unit else f"All of {property_.name}") for slug, unit in ones
            ]
            choices.append((f"{property_.name} ({property_.time_zone})", unit_choices))
        self.fields["place"] = forms.ChoiceField(label="Where", choices=choices)
        if not is_new:
            del self.fields["cards"]

    def clean_cards(self) -> list[str]:
        cards = [line.strip() for line in self.cleaned_data["cards"].splitlines() if line.strip()]
        if len(cards) > _MAX_CARDS:
            raise forms.ValidationError(f"A stay has at most {_MAX_CARDS} cards.")
        for uid in cards:
            try:
                uids.of_card(uid)
            except uids.UidError as exc:
                raise forms.ValidationError(f"{uid}: {exc}") from exc
        return cards

    def clean(self) -> dict[str, Any]:
        form_data = super().clean() or self.cleaned_data
        if "place" in form_data:
            for name in ("arrives", "departs"):
                if name in form_data:
                    form_data[name] = self._parse_local_time(
                        name, form_data[name], zone=self._places[form_data["place"]][0].time_zone
                    )
        arrives, departs = form_data.get("arrives"), form_data.get("departs")
        if isinstance(arrives, datetime) and isinstance(departs, datetime) and departs <= arrives:
            self.add_error("departs", "This must be later than the arrival.")
        return form_data

    def _parse_local_time(self, name: str, text: str, *, zone: str) -> datetime | None:
        try:
            at = forms.DateTimeField().to_python(text)
        except forms.ValidationError:
            self.add_error(name, "Write a day and a time, such as 2026-05-03 15:00.")
            return None
        return moments.clamp_to_utc(at.replace(tzinfo=ZoneInfo(zone))) if at else None

    @property
    def entered(self) -> StayDetails:
        form_data = self.cleaned_data
        property_, unit = self._places[form_data["place"]]
        return StayDetails(
            property=property_,
            unit=unit,
            guest_name=form_data["guest_name"],
            guest_email=form_data["guest_email"],
            reference=form_data["reference"],
            arrives_at=form_data["arrives"],
            departs_at=form_data["departs"],
        )


@login_required
@require_safe
def stay_list(request: HttpRequest) -> HttpResponse:
    """Lists current and future stays first, newest first."""
    user, query, at = viewer(request), read_query_param(request, "q"), now()
    rows = access.stays(user).select_related("property", "unit", "token", "connection")
    matching = stays.find(rows, query) if query else rows
    page = Paginator(matching.order_by("-departs_at", "-pk"), _PAGE).get_page(read_query_param(request, "page"))
    context = {
        **_ROOM,
        "page": page,
        "q": query,
        "rows": [
            (row, _KINDS[state], state.replace("_", "-"))
            for row, state in ((stay, stays.state(stay, now=at)) for stay in page)
        ],
        "may_add": access.managed_properties(user).exists(),
    }
    return render(request, "authorization/stays.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def stay_add(request: HttpRequest) -> HttpResponse:
    """Adds a manual stay."""
    user = viewer(request)
    places = _list_managed_properties(user)
    if not places:
        raise Http404
    form = StayForm(
        request.POST or None, properties=places, is_new=True, initial={"cards": read_query_param(request, "uid")}
    )
    if request.method == "POST" and form.is_valid():
        added = acts.add(form.entered, cards=form.cleaned_data["cards"], by=user, now=now())
        if any(addition.is_new for addition in added):
            notes.success(request, f"The stay of {added[0].stay.guest_name} is saved.")
        else:
            notes.info(request, f"This very stay of {added[0].stay.guest_name} was there already. Nothing was added.")
        return redirect("authorization:stay", pk=added[0].stay.pk)
    return render(request, "authorization/stay_add.html", {**_ROOM, "form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def stay_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows one stay: where its card works now and during it, and a form for its dates."""
    user, at = viewer(request), now()
    stay = _get_stay(user, pk)
    may_change = access.may_manage(user, stay.property.host)
    if request.method == "POST" and not may_change:
        raise Http404
    form = StayForm(
        request.POST or None,
        properties=_list_managed_properties(user, host_id=stay.property.host_id),
        is_new=False,
        initial=_initial(stay),
    )
    if request.method == "POST" and form.is_valid():
        try:
            acts.change(stay, form.entered, by=user, now=at)
        except ManagedElsewhereError as exc:
            notes.error(request, str(exc))
        else:
            notes.success(request, f"The stay of {stay.guest_name} is saved.")
        return redirect("authorization:stay", pk=pk)
    state = stays.state(stay, now=at)
    chargers = list(access.chargers(user).filter(property=stay.property_id, retired_at=None).select_related("property"))
    uid = stay.token.uid if stay.token else ""
    context = {
        **_ROOM,
        "stay": stay,
        "state": state,
        "access": stays.access_span(stay),
        "kind": _KINDS[state],
        "form": form,
        "may_change": may_change,
        "uid": uid,
        "places": coverage.by_property(uid, chargers=chargers, now=at) if uid else [],
        "then": coverage.by_property(uid, chargers=chargers, now=stay.arrives_at)
        if uid and state is State.COMING
        else [],
        "is_open": state in {State.COMING, State.RUNNING},
        "messages_to_guest": list(history.messages_of([stay.pk])[:_MAX_MESSAGES]) if may_change else [],
        "phones": list(stay_keys.in_force(stay)),
        "link": _link(stay) if may_change and state in {State.COMING, State.RUNNING} else "",
    }
    return render(request, "authorization/stay.html", context)


@login_required
@require_POST
def stay_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends a stay that runs, or cancels one that has not begun."""
    user = viewer(request)
    stay = _get_stay(user, pk)
    try:
        has_ended = acts.end(stay, by=user, now=now())
    except ManagedElsewhereError as exc:
        notes.error(request, str(exc))
        return redirect("authorization:stay", pk=pk)
    if has_ended:
        notes.success(request, f"The stay of {stay.guest_name or stay.reference} has ended. A running session goes on.")
    else:
        notes.info(request, "Nothing was changed: this stay was over already.")
    return redirect("authorization:stay", pk=pk)


@login_required
@require_POST
def stay_card(request: HttpRequest, pk: int) -> HttpResponse:
    """Sets the guest's card, which a property system does not know."""
    user = viewer(request)
    stay = _get_stay(user, pk)
    try:
        acts.give_card(stay, request.POST.get("uid", ""), by=user, now=now())
    except uids.UidError as exc:
        notes.error(request, f"No card was saved: {exc}")
    else:
        notes.success(request, "The card is saved. It charges between the times above.")
    return redirect("authorization:stay", pk=pk)


@login_required
@require_POST
def stay_phone(request: HttpRequest, pk: int, key_id: int) -> HttpResponse:
    """Removes a phone from the stay."""
    user = viewer(request)
    stay = _get_stay(user, pk)
    if acts.take_phone(stay, key_id, by=user, now=now()):
        notes.success(request, "The phone is taken off. What it charges now goes on.")
    else:
        notes.info(request, "Nothing was changed: this phone was off already.")
    return redirect("authorization:stay", pk=pk)


def _link(stay: Stay) -> str:
    """Returns the link that the guest opens on their phone."""
    return settings.PUBLIC_BASE_URL + reverse("guest:stay", args=[stay_keys.link_key(stay)])


def _initial(stay: Stay) -> dict[str, str]:
    zone_info = ZoneInfo(stay.property.time_zone)
    return {
        "place": f"{stay.property.slug}/{stay.unit.slug if stay.unit else ''}",
        "guest_name": stay.guest_name,
        "guest_email": stay.guest_email,
        "reference": stay.reference,
        "arrives": f"{stay.arrives_at.astimezone(zone_info):%Y-%m-%dT%H:%M}",
        "departs": f"{stay.departs_at.astimezone(zone_info):%Y-%m-%dT%H:%M}",
    }


def _list_managed_properties(user: User, *, host_id: int | None = None) -> list[Property]:
    """Returns the properties where the user may add stays; for an existing stay, only its host's."""
    places = access.managed_properties(user).select_related("host").prefetch_related("units")
    return list((places.filter(host=host_id) if host_id else places).order_by("name"))


def _get_stay(user: User, pk: int) -> Stay:
    stay = access.stays(user).select_related("property__host", "unit", "token", "connection").filter(pk=pk).first()
    if stay is None:
        raise Http404
    return stay
