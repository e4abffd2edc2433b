"""Settings > Property systems: where a host's bookings come from, which unit each listing is, and what fails."""

from datetime import timedelta
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from authorization.models import PmsConnection, PmsListing, User
from authorization.models.pms import LONGEST_MARGIN_MIN
from authorization.people import access
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from authorization.pms import acts, connections, hours
from authorization.pms.connections import ConnectionSettings, SettingsError, Target
from authorization.pms.hours import Hours
from authorization.pms.systems import catalogue
from authorization.pms.systems.entry import KnownSystem
from chargers.models import Host, Property
from chargers.properties import time_zones

_ROOM: Final = {"room": "settings"}


class ConnectionForm(forms.Form):
    """The fields of one kind of system; stored values are never shown again."""

    name = forms.CharField(max_length=100, label="Name", help_text="Such as “Airbnb, Apartment 2B” or “Guesty”.")

    def __init__(self, *args: Any, system: KnownSystem, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._system = system
        unchanged = "" if is_new else " Empty: unchanged."
        if not system.address:
            self.fields["url"] = forms.CharField(
                max_length=1000, label="Address", required=is_new, help_text=system.address_help + unchanged
            )
        for credential in system.credentials:
            optional = "" if credential.is_required else f" Optional: {credential.purpose}."
            self.fields[credential.name] = forms.CharField(
                max_length=1000,
                label=credential.label,
                required=is_new and credential.is_required,
                widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
                help_text=f"Stored encrypted; nobody can read it here.{optional}{unchanged}",
            )

    @property
    def entered(self) -> ConnectionSettings:
        form_data = self.cleaned_data
        return ConnectionSettings(
            name=form_data["name"],
            kind=self._system.kind,
            url=form_data.get("url", "").strip(),
            credentials={
                credential.name: form_data[credential.name]
                for credential in self._system.credentials
                if form_data[credential.name]
            },
        )


class HoursForm(forms.Form):
    """Check-in and check-out of a property."""

    check_in = forms.TimeField(label="Check-in", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    check_out = forms.TimeField(label="Check-out", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    early_min = forms.IntegerField(label="Minutes before", min_value=0, max_value=LONGEST_MARGIN_MIN)
    late_min = forms.IntegerField(label="Minutes after", min_value=0, max_value=LONGEST_MARGIN_MIN)
    most_phones = forms.IntegerField(label="Phones", min_value=1, max_value=20)

    @property
    def hours(self) -> Hours:
        form_data = self.cleaned_data
        return Hours(
            form_data["check_in"],
            form_data["check_out"],
            timedelta(minutes=form_data["early_min"]),
            timedelta(minutes=form_data["late_min"]),
            form_data["most_phones"],
        )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def system_list(request: HttpRequest, host: str) -> HttpResponse:
    """Lists the connections with their state, and the hours of each property."""
    user = viewer(request)
    managed_host = _get_managed_host(user, host)
    places = list(Property.objects.filter(host=managed_host, closed_at=None).order_by("name"))
    if request.method == "POST":
        _set_hours(request, places, user=user)
        return redirect("settings-property-systems", host=host)
    rows = _annotate_counts(access.pms_connections(user).filter(host=managed_host))
    context = {
        **_ROOM,
        "host": managed_host,
        "zone": time_zones.of_host(managed_host),
        "rows": [(row, connections.failure(row), connections.server(row)) for row in rows.order_by("name")],
        "kinds": [(kind, system.name, system.means) for kind, system in catalogue.ALL.items()],
        "places": [(property_, HoursForm(initial=_hours(property_), prefix=property_.slug)) for property_ in places],
    }
    return render(request, "authorization/property_systems.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def system_add(request: HttpRequest, host: str, kind: str) -> HttpResponse:
    """Adds a connection.

    A calendar's unit is asked for at once; an account shows its listings after the first reading.
    """
    user = viewer(request)
    managed_host = _get_managed_host(user, host)
    if kind not in catalogue.ALL:
        raise Http404
    form = ConnectionForm(request.POST or None, system=catalogue.ALL[kind], is_new=True)
    if request.method == "POST" and form.is_valid():
        try:
            new_connection = acts.add(managed_host, form.entered, by=user, now=now())
        except SettingsError as exc:
            form.add_error(exc.field if exc.field in form.fields else None, str(exc))
        else:
            notes.success(
                request, f"{new_connection.name} is connected. It is being read; choose the unit of each listing below."
            )
            return _redirect_to_connection(new_connection)
    context = {
        **_ROOM,
        "host": managed_host,
        "form": form,
        "label": catalogue.ALL[kind].name,
        "means": catalogue.ALL[kind].means,
    }
    return render(request, "authorization/property_system_add.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def system_page(request: HttpRequest, connection: str) -> HttpResponse:
    """Shows one connection: its state, its listings, its settings."""
    user = viewer(request)
    pms_connection = access.pms_connections(user).select_related("host").filter(key=connection).first()
    if pms_connection is None:
        raise Http404
    system = catalogue.ALL[pms_connection.kind]
    form = ConnectionForm(
        request.POST if request.POST.get("do") == "change" else None,
        system=system,
        is_new=False,
        initial={"name": pms_connection.name},
    )
    if request.method == "POST" and (answer := _act(request, pms_connection, form, user=user)) is not None:
        return answer
    choices = connections.targets(pms_connection.host)
    listings = pms_connection.listings.select_related("property", "unit").order_by("property__name", "name", "key")
    context = {
        **_ROOM,
        "host": pms_connection.host,
        "connection": pms_connection,
        "failure": connections.failure(pms_connection),
        "server": connections.server(pms_connection),
        "zone": time_zones.of_host(pms_connection.host),
        "listings": [_build_listing_row(row, choices) for row in listings],
        "choices": [(target.slug, _label(target)) for target in choices],
        "form": form,
        "is_calendar": system.is_calendar,
        "event_address": _event_address(pms_connection) if system.events else "",
        "is_waiting": pms_connection.is_enabled and pms_connection.next_due_at <= now(),
    }
    response = render(request, "authorization/property_system.html", context)
    if request.htmx and not context["is_waiting"]:  # type: ignore[attr-defined]
        response.headers["HX-Refresh"] = "true"
    return response


def _act(
    request: HttpRequest, connection: PmsConnection, form: ConnectionForm, *, user: User
) -> HttpResponseRedirect | None:
    """Handles the page's buttons. Returns None if the form has errors."""
    match request.POST.get("do"):
        case "sync" if acts.sync(connection, by=user, now=now()):
            notes.success(request, "It is read within seconds. Reload this page to see what came.")
        case "sync":
            notes.info(request, "It is paused: let it go on first.")
        case "pause" if acts.pause(connection, by=user, now=now()):
            notes.success(request, f"{connection.name} is paused. Its stays stay as they are.")
        case "go-on" if acts.resume(connection, by=user, now=now()):
            notes.success(request, f"{connection.name} goes on, and is read within seconds.")
        case "remove":
            cancelled = acts.remove(connection, by=user, now=now())
            notes.success(request, f"{connection.name} is removed. {_describe_cancelled_stays(cancelled)}")
            return redirect("settings-property-systems", host=connection.host.slug)
        case "map":
            _map(request, connection, user=user)
        case "change":
            return _change(request, connection, form, user=user)
    return _redirect_to_connection(connection)


def _change(
    request: HttpRequest, connection: PmsConnection, form: ConnectionForm, *, user: User
) -> HttpResponseRedirect | None:
    if not form.is_valid():
        return None
    try:
        acts.change(connection, form.entered, by=user, now=now())
    except SettingsError as exc:
        form.add_error(exc.field if exc.field in form.fields else None, str(exc))
        return None
    notes.success(request, f"{connection.name} is saved.")
    return _redirect_to_connection(connection)


def _map(request: HttpRequest, connection: PmsConnection, *, user: User) -> None:
    """Maps the listings named in the form, each by its own field; the others stay as they are."""
    changed = 0
    for listing in connection.listings.select_related("connection__host", "property", "unit"):
        target_name = request.POST.get(f"listing-{listing.pk}")
        if target_name is None:
            continue
        try:
            target = connections.target(connection.host, target_name) if target_name else None
        except SettingsError as exc:
            notes.error(request, str(exc))
            continue
        changed += acts.map_listing(listing, target, by=user, now=now())
    if changed:
        notes.success(request, f"{changed} listing{'' if changed == 1 else 's'} saved. The bookings follow in seconds.")
    else:
        notes.info(request, "Nothing was changed.")


def _set_hours(request: HttpRequest, places: list[Property], *, user: User) -> None:
    """Sets the hours of each property in the form; an unreadable one is reported, and the others are saved."""
    changed = False
    for property_ in places:
        form = HoursForm(_hours_posted(request, property_), prefix=property_.slug)
        if form.add_prefix("check_in") not in request.POST:
            continue
        if not form.is_valid():
            notes.error(request, f"The hours of {property_.name} were not saved: {_wrong_hours(form)}.")
            continue
        changed = acts.set_hours(property_, form.hours, by=user, now=now()) or changed
    if changed:
        notes.success(request, "The hours are saved. Stays follow when their system is read next.")


def _build_listing_row(row: PmsListing, choices: list[Target]) -> dict[str, Any]:
    """Returns a listing with its unit, or with the one whose name is most similar."""
    mapped = Target(row.property, row.unit).slug if row.property else ""
    likely = connections.suggestion(row.name, choices) if not mapped else None
    return {"row": row, "mapped": mapped, "suggested": likely.slug if likely else "", "likely": likely}


def _label(target: Target) -> str:
    return f"{target.property_.name}: {target.unit.name}" if target.unit else f"{target.property_.name}: all of it"


def _describe_cancelled_stays(count: int) -> str:
    return (
        f"{count} stay{'' if count == 1 else 's'} to come {'was' if count == 1 else 'were'} cancelled." if count else ""
    )


def _wrong_hours(form: HoursForm) -> str:
    if {"check_in", "check_out"} & set(form.errors):
        return "write them as 15:00"
    if "most_phones" in form.errors:
        return "a booking has 1 to 20 phones"
    return f"the minutes are whole numbers up to {LONGEST_MARGIN_MIN}"


def _hours_posted(request: HttpRequest, site: Property) -> dict[str, Any]:
    """Returns the submitted hours; a field left out keeps its stored value."""
    stored_hours = {f"{site.slug}-{name}": value for name, value in _hours(site).items()}
    return stored_hours | {name: request.POST[name] for name in stored_hours if name in request.POST}


def _hours(property_: Property) -> dict[str, Any]:
    stay_hours = hours.of_property(property_)
    return {
        "check_in": stay_hours.check_in,
        "check_out": stay_hours.check_out,
        "early_min": stay_hours.early // timedelta(minutes=1),
        "late_min": stay_hours.late // timedelta(minutes=1),
        "most_phones": stay_hours.most_phones,
    }


def _event_address(connection: PmsConnection) -> str:
    return settings.PUBLIC_BASE_URL + reverse("pms-event", args=[connection.webhook_key])


def _annotate_counts(rows: QuerySet[PmsConnection]) -> QuerySet[PmsConnection]:
    unmapped = Q(listings__property=None)
    return rows.annotate(
        unmapped=Count("listings", filter=unmapped), waiting=Sum("listings__waiting", filter=unmapped, default=0)
    )


def _get_managed_host(user: User, slug: str) -> Host:
    host = access.hosts_with(user, Right.MANAGE).filter(slug=slug).first()
    if host is None:
        raise Http404
    return host


def _redirect_to_connection(connection: PmsConnection) -> HttpResponseRedirect:
    return redirect("settings-property-system", connection=connection.key)
