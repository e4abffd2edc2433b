"""Properties: the sites of chargers, and who may charge at them."""

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from authorization.models import TokenGroup
from authorization.people import access
from authorization.people.request import now, viewer
from chargers.acts.properties import admit
from chargers.models import PowerLimit, Property
from chargers.pages.rows import rows_of


class AccessForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who may charge here beside the host's own groups."""

    class Meta:
        model = Property
        fields = ["access"]
        widgets = {"access": forms.RadioSelect}


ACCESS_MEANS = {
    Property.Access.PRIVATE: "Only cards in your local groups, direct grants and guests of a stay. Nobody else.",
    Property.Access.GUEST: "Also guests who scan the QR code and pay. No cards of mobility providers.",
    Property.Access.PUBLIC_ROAMING: "Also guests, and cards and apps of mobility providers.",
}


@login_required
@require_safe
def property_list(request: HttpRequest) -> HttpResponse:
    """Every property this person may see, with how its chargers are."""
    offline = Q(chargers__retired_at=None, chargers__connection_id=None, chargers__id__isnull=False)
    rows = (
        access.properties(viewer(request))
        .select_related("host")
        .annotate(
            charger_count=Count("chargers", filter=Q(chargers__retired_at=None)),
            offline_count=Count("chargers", filter=offline),
        )
        .order_by("name")
    )
    return render(request, "chargers/properties.html", {"room": "properties", "rows": rows})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def property_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One property: its chargers, its units, its groups, and the form for who is admitted."""
    user = viewer(request)
    place = access.properties(user).select_related("host").filter(slug=slug).first()
    if place is None:
        raise Http404
    may_change = access.may_manage(user, place.host)
    form = AccessForm(request.POST or None, instance=place)
    if request.method == "POST":
        if not may_change:
            raise Http404
        if form.is_valid():
            admit(place, access=form.cleaned_data["access"], by=user, now=now())
            notes.success(request, f"{place.name} now admits: {place.get_access_display()}.")
            return redirect("chargers:property", slug=slug)
    context = {
        "room": "properties",
        "place": place,
        "rows": rows_of(access.chargers(user).filter(property=place, retired_at=None)),
        "groups": TokenGroup.objects.filter(host=place.host, properties=place).annotate(size=Count("tokens")),
        "may_open_groups": access.may_see_groups(user, place.host),
        "power": PowerLimit.objects.filter(property=place).first(),
        "form": form,
        "may_change": may_change,
        "may_add": may_change,
        "choices": [(value, label, ACCESS_MEANS[Property.Access(value)]) for value, label in Property.Access.choices],
    }
    return render(request, "chargers/property.html", context)
