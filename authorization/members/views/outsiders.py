"""People > outsiders: grant access for a while, to all or to one place; extend it, or end it now."""

from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from authorization.accounts import fresh_login
from authorization.accounts.invitation_links import hand_over
from authorization.members.acts import people as acts
from authorization.models import AccessGrant, User
from authorization.people import roles
from authorization.people.members import NewInvitation, Outsider, PeopleError
from authorization.people.request import now, viewer
from authorization.people.visible_hosts import changeable
from chargers.models import Charger, Host, Property
from chargers.properties import time_zones

_EVERYTHING: Final = "all"
_LONGEST: Final = timedelta(days=366)


class OutsiderForm(forms.Form):
    """Who gets access, to what, with which right."""

    email = forms.EmailField(label="E-mail address", max_length=254)
    kind = forms.ChoiceField(
        label="What for",
        widget=forms.RadioSelect,
        choices=[(key, kind.name) for key, kind in roles.GRANTS.items()],
        initial="support",
    )
    until = forms.DateField(
        required=False,
        label="Until and including",
        help_text="Empty: as long as stands above. At most a year.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reason = forms.CharField(label="Why", max_length=255)

    def __init__(self, *args: Any, host: Host, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = Property.objects.filter(host=host).order_by("name")
        chargers = Charger.objects.filter(property__host=host, retired_at=None).select_related("property")
        self._zone = time_zones.of_host(host)
        choices = [
            (_EVERYTHING, f"All of {host.name}"),
            ("One property", [(f"property:{property_.slug}", property_.name) for property_ in places]),
            (
                "One charger",
                [
                    (f"charger:{charger.charger_id}", f"{charger.station_id}, {charger.property.name}")
                    for charger in chargers.order_by("station_id")
                ],
            ),
        ]
        self.fields["place"] = forms.MultipleChoiceField(
            label="What they see",
            choices=choices,
            widget=forms.SelectMultiple(attrs={"size": 8}),
            help_text="One or several of these.",
        )

    def clean_until(self) -> datetime | None:
        """Returns the end of that day in the host's time zone."""
        day, zone = self.cleaned_data["until"], ZoneInfo(self._zone)
        if day is None:
            return None
        today = now().astimezone(zone).date()
        if not today <= day <= today + _LONGEST:
            raise forms.ValidationError("Choose a day from today on, within a year.")
        return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def grant_add(request: HttpRequest, host: str) -> HttpResponse:
    """Grants an outsider access, with a link. The answer does not reveal whether the address has an account."""
    user = viewer(request)
    managed_host = changeable(user, host)
    form = OutsiderForm(request.POST or None, host=managed_host)
    if request.method == "POST" and form.is_valid():
        return _add(request, managed_host, form)
    return _add_page(request, managed_host, form)


@fresh_login.after_log_in
def _add(request: HttpRequest, host: Host, form: OutsiderForm) -> HttpResponse:
    try:
        invited = _let_in(host, form.cleaned_data, user=viewer(request))
    except PeopleError as exc:
        form.add_error("email", str(exc))
        return _add_page(request, host, form)
    return hand_over(request, invited)


def _add_page(request: HttpRequest, host: Host, form: OutsiderForm) -> HttpResponse:
    context = {"room": "people", "host": host, "form": form, "kinds": roles.GRANTS}
    return render(request, "authorization/people_grant.html", context)


@login_required
@require_POST
def grant_act(request: HttpRequest, host: str, pk: int) -> HttpResponse:
    """Extends a grant or ends it now, together with the same user's grants named in `with`."""
    user = viewer(request)
    managed_host = changeable(user, host)
    rows = AccessGrant.objects.select_related("user", "host", "property", "charger").filter(host=managed_host)
    grant = rows.filter(pk=pk).first()
    if grant is None:
        raise Http404
    return (_extend if request.POST.get("do") == "extend" else _act_on)(request, grant)


def _act_on(request: HttpRequest, grant: AccessGrant) -> HttpResponse:
    """Returns the grant and the same user's grants named in `with`: all of them or none."""
    user, rows = viewer(request), AccessGrant.objects.select_related("user", "host", "property", "charger")
    grant_pks = [
        int(key) for key in request.POST.getlist("with") if key.isascii() and key.isdecimal() and len(key) < 18
    ]
    try:
        with transaction.atomic():
            other_grants = (
                rows.filter(host=grant.host, pk__in=grant_pks, user=grant.user).exclude(pk=grant.pk).order_by("pk")
            )
            sentences = [
                _act(access_grant, do=request.POST.get("do", ""), user=user, at=now())
                for access_grant in (grant, *other_grants)
            ]
        notes.success(request, " ".join(sentences))
    except PeopleError as exc:
        notes.info(request, str(exc))
    return redirect("people:people", host=grant.host.slug)


_extend = fresh_login.after_log_in(_act_on)
"""Ending access needs no fresh log-in, because it grants nothing."""


def _let_in(host: Host, fields: dict[str, Any], *, user: User) -> NewInvitation:
    places = [_EVERYTHING] if _EVERYTHING in fields["place"] else fields["place"]
    return acts.let_in_to(host, [_build_outsider(host, reach, fields) for reach in places], by=user, now=now())


def _build_outsider(host: Host, reach: str, fields: dict[str, Any]) -> Outsider:
    kind, _, key = reach.partition(":")
    return Outsider(
        email=fields["email"],
        kind=fields["kind"],
        reason=fields["reason"],
        property=Property.objects.get(host=host, slug=key) if kind == "property" else None,
        charger=Charger.objects.get(property__host=host, charger_id=key) if kind == "charger" else None,
        ends_at=fields["until"],
    )


def _act(grant: AccessGrant, *, do: str, user: User, at: datetime) -> str:
    """Acts on the grant and returns a sentence for the user. Raises PeopleError if the grant has ended."""
    match do:
        case "extend":
            until = acts.extend(grant, by=user, now=at)
            return f"{grant.user} sees {acts.describe_scope(grant)} for {(until - at).days} more days."
        case "end":
            acts.end(grant, by=user, now=at)
            return f"{grant.user} no longer sees {acts.describe_scope(grant)}."
        case _:
            raise PeopleError("Nothing was changed: this access has ended.")
