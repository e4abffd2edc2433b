"""Properties: the sites of chargers, who may charge there, and the forms to open, change and close them."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authorization.accounts import fresh_login
from authorization.models import TokenGroup
from authorization.people import access
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from chargers.acts import properties as acts
from chargers.availability import maintenance
from chargers.fleet.condition import build_fault_filter
from chargers.fleet.running import running
from chargers.listing import sites
from chargers.listing.filters import ChargerFilter
from chargers.models import PowerLimit, Property, Unit
from chargers.pages import drawn_map
from chargers.pages.property_form import PropertyForm
from chargers.pages.rows import rows_of
from chargers.properties import details, first_defaults, opening_hours, pictures
from chargers.properties.details import PropertyError
from chargers.recovery import progress


class AccessForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who may charge here besides the host's own groups."""

    class Meta:
        model = Property
        fields = ["access"]
        widgets = {"access": forms.RadioSelect}


ACCESS_MEANS = {
    Property.Access.PRIVATE: "Only cards in your local groups, direct grants and guests of a stay. Nobody else.",
    Property.Access.GUEST: "Also guests who scan the QR code and pay. No cards of mobility providers.",
    Property.Access.PUBLIC_ROAMING: "Also guests, and cards and apps of mobility providers.",
}
_WIDER = (Property.Access.PRIVATE, Property.Access.GUEST, Property.Access.PUBLIC_ROAMING)
_SHUT_OUT = {
    Property.Access.GUEST: "Guests who scan the code",
    Property.Access.PUBLIC_ROAMING: "Cards and apps of mobility providers",
}
"""Who can no longer start once a mode is left for a narrower one."""
"""Each mode admits more people than the previous one."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@login_required
@require_safe
def property_list(request: HttpRequest) -> HttpResponse:
    """Lists every property that the user may see, with the state of its chargers, as a list and on a map.

    With filters of the charger list, only properties with matching chargers are shown, and only these are counted.
    """
    visible = access.properties(viewer(request))
    served = access.chargers(viewer(request)).filter(retired_at=None)
    charger_filter = ChargerFilter(request.GET, queryset=served, properties=visible)
    charger_condition = Q(chargers__retired_at=None, chargers__id__isnull=False)
    if charger_filter.asked():
        charger_condition &= Q(chargers__in=charger_filter.matching())
        visible = visible.filter(pk__in=charger_filter.matching().values("property"))
    shows_closed = request.GET.get("closed") == "1"
    rows = (
        (visible.exclude(closed_at=None) if shows_closed else visible.filter(closed_at=None))
        .select_related("host")
        .annotate(
            charger_count=Count("chargers", filter=charger_condition),
            offline_count=Count("chargers", filter=charger_condition & Q(chargers__connection_id=None)),
            faulted_count=Count(
                "chargers", filter=charger_condition & Q(chargers__in=served.filter(build_fault_filter()))
            ),
        )
        .order_by("name")
    )
    placed = sites.sites(charger_filter.matching() if charger_filter.asked() else served, rows)
    context = {
        "room": "properties",
        "rows": rows,
        **drawn_map.context(placed, query=urlencode(charger_filter.asked())),
        "shows_closed": shows_closed,
        "charger_query": urlencode(charger_filter.asked()),
        "closed": visible.exclude(closed_at=None).count(),
        "may_add": access.may_somewhere(viewer(request), Right.MANAGE),
        "has_several_hosts": len({property_.host_id for property_ in rows}) > 1,
    }
    return render(request, "chargers/properties.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def property_add(request: HttpRequest) -> HttpResponse:
    """Shows the form of a new property; the next step is its first charger."""
    hosts = access.hosts_with(viewer(request), Right.MANAGE).order_by("name")
    host = hosts.filter(slug=request.GET.get("host", "")).first() or hosts.first()
    if host is None:
        raise Http404
    newest = host.properties.order_by("-pk").first()
    defaults = {"country": host.country, "time_zone": first_defaults.time_zone(host.country)}
    defaults |= {"time_zone": newest.time_zone, "country": newest.country} if newest else {}
    form = PropertyForm(request.POST or None, hosts=hosts, initial={"host": host.pk} | defaults)
    if request.method == "POST" and form.is_valid():
        try:
            property_ = acts.add(form.cleaned_data["host"], form.details(), by=viewer(request), now=now())
        except PropertyError as exc:
            form.show(exc)
        else:
            notes.success(
                request, f"{property_.name} is open. Next, choose who is admitted, and add its first charger."
            )
            return redirect("chargers:property", slug=property_.slug)
    return _form_page(request, form, property_=None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def property_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Shows the same form for an existing property; also its units, and its closing."""
    property_ = _get_managed_property(request, slug)
    form = PropertyForm(request.POST or None, hosts=access.hosts(viewer(request)), property_=property_)
    seen_fingerprint = request.POST.get("seen", "")
    if request.method == "POST" and seen_fingerprint and seen_fingerprint != details.fingerprint(property_):
        changed = f"{property_.name} was changed while this page was open."
        form.add_error(None, f"{changed} Compare with its page, then save again to overwrite that.")
    if request.method == "POST" and form.is_valid():
        try:
            is_changed = acts.edit(property_, form.details(), by=viewer(request), now=now())
        except PropertyError as exc:
            form.show(exc)
        else:
            notes.success(request, f"{form.cleaned_data['name']} is saved." if is_changed else "Nothing was changed.")
            return redirect("chargers:property", slug=slug)
    return _form_page(request, form, property_=property_)


@login_required
@require_POST
def property_close(request: HttpRequest, slug: str) -> HttpResponse:
    """Closes the property with the typed reason, or reopens it (`reopen`)."""
    property_, user = _get_managed_property(request, slug), viewer(request)
    if "reopen" in request.POST:
        if acts.reopen(property_, by=user, now=now()):
            notes.success(request, f"{property_.name} is open again.")
        return redirect("chargers:property", slug=slug)
    reason = " ".join(request.POST.get("reason", "").split())[:400]
    if not reason:
        notes.error(request, "Not closed: say why. The reason is kept in the audit trail.")
        return redirect("chargers:property-edit", slug=slug)
    try:
        if acts.close(property_, reason=reason, by=user, now=now()):
            notes.success(request, f"{property_.name} is closed. Its sessions, receipts and statements stay.")
    except PropertyError as exc:
        notes.error(request, f"Not closed. {exc}")
        return redirect("chargers:property-edit", slug=slug)
    return redirect("chargers:properties")


@login_required
@require_POST
def property_unit(request: HttpRequest, slug: str) -> HttpResponse:
    """Adds a unit, or renames or removes the one with the key `unit`."""
    property_, user = _get_managed_property(request, slug), viewer(request)
    name, key = request.POST.get("name", ""), request.POST.get("unit", "")
    try:
        if not key:
            notes.success(request, f"{acts.add_unit(property_, name=name, by=user, now=now()).name} is added.")
        else:
            unit = get_object_or_404(Unit.objects.select_related("property__host"), property=property_, slug=key)
            if "remove" in request.POST:
                acts.remove_unit(unit, by=user, now=now())
                notes.success(request, f"{unit.name} is removed.")
            elif acts.rename_unit(unit, name=name, by=user, now=now()):
                notes.success(request, f"The unit is now called {unit.name}.")
    except PropertyError as exc:
        notes.error(request, f"Not changed. {exc}")
    return redirect(f"{request.path.removesuffix('units/')}edit/#units")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def property_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Shows a property: its chargers, units and groups, and the form for its access."""
    user = viewer(request)
    property_ = access.properties(user).select_related("host").filter(slug=slug).first()
    if property_ is None:
        raise Http404
    may_change = access.may_manage(user, property_.host)
    form = AccessForm(request.POST or None, instance=property_)
    if request.method == "POST":
        if not may_change:
            raise Http404
        if form.is_valid():
            new_access = Property.Access(form.cleaned_data["access"])
            is_wider = _WIDER.index(new_access) > _WIDER.index(Property.Access(form.initial["access"]))
            return _open_further(request, property_, new_access) if is_wider else _admit(request, property_, new_access)
    chargers = access.chargers(user).filter(property=property_, retired_at=None)
    rows = rows_of(chargers)
    context = {
        "room": "properties",
        "place": property_,
        "hours": _hours(property_),
        "online": sum(row.charger.connection_id is not None for row in rows),
        "connectors": sum(len(row.plugs) for row in rows),
        "running": running().filter(charger__in=chargers).aggregate(count=Count("pk"), power_w=Sum("flowing_w")),
        "units": property_.units.order_by("name"),
        "pictures": pictures.list_in_order(property_),
        "rows": rows,
        "groups": TokenGroup.objects.filter(host=property_.host, properties=property_).annotate(size=Count("tokens")),
        "may_open_groups": access.may_see_groups(user, property_.host),
        "may_see_money": access.has_right(user, Right.SEE_MONEY, property_.host),
        "maintenance": maintenance.live(now=now()).filter(property=property_).order_by("begins_at").first(),
        "has_ladder": bool(progress.steps_of(property_)),
        "power": PowerLimit.objects.filter(property=property_).first(),
        "form": form,
        "may_change": may_change,
        "may_add": may_change and property_.closed_at is None,
        "choices": [(value, label, ACCESS_MEANS[Property.Access(value)]) for value, label in Property.Access.choices],
    }
    if property_.latitude is not None and property_.longitude is not None and property_.closed_at is None:
        this = Property.objects.filter(pk=property_.pk)
        context |= drawn_map.context(sites.sites(chargers, this), query=urlencode({"property": property_.pk}))
    return render(request, "chargers/property.html", context)


def _admit(request: HttpRequest, site: Property, new_access: Property.Access) -> HttpResponse:
    before = acts.admit(site, access=new_access, by=viewer(request), now=now())
    closed = _WIDER[_WIDER.index(new_access) + 1 : _WIDER.index(before) + 1]
    shut_out = "".join(f" {_SHUT_OUT[mode]} can no longer start here; running sessions go on." for mode in closed)
    notes.success(request, f"{site.name} now admits: {site.get_access_display()}.{shut_out}")
    return redirect("chargers:property", slug=site.slug)


_open_further = fresh_login.after_log_in(_admit)
"""Requires a fresh login, so that a stolen session cannot open a private property to strangers; closing is never
delayed.
"""


def _get_managed_property(request: HttpRequest, slug: str) -> Property:
    property_ = access.properties(viewer(request)).select_related("host").filter(slug=slug).first()
    if property_ is None or not access.may_manage(viewer(request), property_.host):
        raise Http404
    return property_


def _form_page(request: HttpRequest, form: PropertyForm, *, property_: Property | None) -> HttpResponse:
    units: Any = property_.units.annotate(charger_count=Count("chargers")).order_by("name") if property_ else ()
    context = {"room": "properties", "form": form, "place": property_, "units": units}
    if property_:
        context |= {"seen": details.fingerprint(property_), "pictures": pictures.list_in_order(property_)}
    return render(request, "chargers/property_form.html", context)


def _hours(property_: Property) -> list[tuple[str, str]]:
    """Returns days and times, such as ("Mon to Fri", "08:00 to 22:00")."""
    return [
        (
            _DAYS[span.first] if span.first == span.last else f"{_DAYS[span.first]} to {_DAYS[span.last]}",
            "closed" if span.hours is None else f"{span.hours[0]} to {span.hours[1]}",
        )
        for span in opening_hours.spans(property_.opening_hours)
    ]
