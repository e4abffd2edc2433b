"""Rates: the list with who pays what where, and the editor with its live preview."""

from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from authorization import access as people
from authorization.roles import Right
from billing import access, rate_form, rates
from billing.models import Rate, RateAssignment, RateVersion
from billing.rate_form import RateForm
from billing.rating import example, tariff
from billing.rating.example import Example
from billing.rating.money import EXPONENTS
from billing.rating.report_json import report_json
from billing.views import rate_fields
from chargers.models import Host, Property
from chargers.views.frame import now, viewer
from support import audit

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NEW: Final = {"energy": [{"name": "all day", "price": ""}], "idle": {"grace_min": 10}}


class ExampleForm(forms.Form):
    """The session of the preview."""

    kwh = forms.DecimalField(label="Energy (kWh)", min_value=Decimal("0.1"), max_value=Decimal(200), decimal_places=3)
    day = forms.TypedChoiceField(label="Day", choices=list(enumerate(DAYS)), coerce=int)
    at = forms.TimeField(label="Plugged in at", widget=forms.TextInput())
    late = forms.IntegerField(label="Minutes unplugged late", min_value=0, max_value=2880)


USUAL: Final = {"kwh": "20", "day": "1", "at": "17:30", "late": "40"}


@dataclass(frozen=True, slots=True)
class Editor:
    """Whose rate is edited: an existing one, or a new one (`rate` is None) of `host`."""

    host: Host
    rate: Rate | None
    newest: RateVersion | None

    @property
    def currency(self) -> str:
        return self.rate.currency if self.rate else self.host.currency

    @property
    def zone(self) -> ZoneInfo:
        """The wall clock of the preview: of the first property that has the rate, or of the host's first."""
        places = Property.objects.filter(host=self.host)
        assigned = places.filter(rate_assignments__rate=self.rate) if self.rate else places.none()
        place = assigned.order_by("name").first() or places.order_by("name").first()
        return ZoneInfo(place.time_zone if place else "UTC")


@login_required
@require_safe
def rate_list(request: HttpRequest) -> HttpResponse:
    """Every rate, and which one each kind of person pays at each property, with the reason."""
    user = viewer(request)
    visible = list(
        access.rates(user).select_related("host").prefetch_related("versions").order_by("host__name", "name")
    )
    hosts = {rate.host_id for rate in visible}
    places = list(people.properties(user).select_related("host").order_by("name"))
    context = {
        "room": "rates",
        "rows": [
            (rate, max(rate.versions.all(), key=lambda version: version.number, default=None)) for rate in visible
        ],
        "resolved": rates.at_properties([place for place in places if place.host_id in hosts]),
        "may_add": people.may_somewhere(user, Right.MANAGE),
        "has_hosts": len(hosts) > 1,
    }
    return render(request, "billing/rates.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rate_add(request: HttpRequest) -> HttpResponse:
    """A new rate of a host that this person manages."""
    user = viewer(request)
    hosts = people.managed_hosts(user)
    if not hosts:
        raise Http404
    wanted = request.POST.get("host") or request.GET.get("host")
    host = next((host for host in hosts if host.slug == wanted), hosts[0])
    return _edit(request, Editor(host, None, None), extra={"hosts": hosts})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rate_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One rate: its editor, where it is paid, and its versions."""
    user = viewer(request)
    rate = get_object_or_404(access.rates(user).select_related("host"), pk=pk)
    found = rate.assignments.select_related("property", "charger").order_by("property__name", "audience")
    versions = list(rate.versions.order_by("-number")[:50])
    places = Property.objects.filter(host=rate.host).prefetch_related("chargers").order_by("name")
    extra = {
        "assignments": found,
        "versions": versions,
        "places": places,
        "audiences": RateAssignment.Audience.choices,
    }
    return _edit(request, Editor(rate.host, rate, versions[0] if versions else None), extra=extra)


def _edit(request: HttpRequest, editor: Editor, *, extra: dict[str, Any]) -> HttpResponse:
    may_change = people.may_manage(viewer(request), editor.host)
    form = _form(request, editor)
    if request.method == "POST":
        if not may_change:
            raise Http404
        answer = _act(request, editor, form)
        if answer is not None:
            return answer
    context = (
        extra
        | {
            "room": "rates",
            "rate": editor.rate,
            "host": editor.host,
            "newest": editor.newest,
            "fields": rate_fields.of(form, with_empty_row=may_change),
            "has_errors": bool(form.errors),
            "tax_mode": form.values.get("tax.mode") or "exclusive",
            "currency": _currency(editor, form),
            "currencies": sorted(EXPONENTS),
            "may_change": may_change,
        }
        | _preview(request, editor, form)
    )
    part = "#preview" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"billing/rate.html{part}", context)


def _form(request: HttpRequest, editor: Editor) -> RateForm:
    if request.method == "POST":
        form = rate_form.posted(request.POST)
        form.check(currency=_currency(editor, form))
        return form
    form = rate_form.stored(editor.newest.definition if editor.newest else _NEW)
    form.values |= {"name": editor.rate.name if editor.rate else "", "currency": editor.currency}
    return form


def _currency(editor: Editor, form: RateForm) -> str:
    return editor.currency if editor.rate else form.values.get("currency") or editor.currency


def _act(request: HttpRequest, editor: Editor, form: RateForm) -> HttpResponse | None:
    """Saves where that was asked for and possible; None: show the page again."""
    if request.POST.get("do") != "save" or request.htmx:  # type: ignore[attr-defined]
        return None
    if not form.values["name"]:
        form.complain("name", "Give the rate a name that people recognise.")
    if len(form.values["name"]) > 100:
        form.complain("name", "The name is too long: use at most 100 characters.")
    based_on = request.POST.get("based_on", "")
    if editor.newest and based_on != str(editor.newest.number):
        form.complain(
            "", f"Version {editor.newest.number} was saved meanwhile: open the rate again before you change it."
        )
    if form.errors:
        return None
    rate = _save(request, editor, form)
    return redirect("billing:rate", pk=rate.pk)


def _save(request: HttpRequest, editor: Editor, form: RateForm) -> Rate:
    at, name = now(), form.values["name"]
    with transaction.atomic():
        if editor.rate is None:
            currency = _currency(editor, form)
            made = rates.create(editor.host, name=name, currency=currency, definition=form.definition, now=at)
        else:
            renamed = editor.rate.name != name
            Rate.objects.filter(pk=editor.rate.pk).update(name=name)
            published = rates.publish(editor.rate, definition=form.definition, now=at)
            if published is None and not renamed:
                notes.info(request, "Nothing was changed: this version is in force already.")
                return editor.rate
            made = published or editor.newest or RateVersion(rate=editor.rate)
        _write(request, editor, made, name=name)
    notes.success(request, f"“{name}”, version {made.number}, is in force for new sessions.")
    return made.rate


def _write(request: HttpRequest, editor: Editor, made: RateVersion, *, name: str) -> None:
    before = None
    if editor.rate and editor.newest:
        before = {"name": editor.rate.name, "version": editor.newest.number, "definition": editor.newest.definition}
    audit.write(
        "rate.changed" if editor.rate else "rate.added",
        audit.Subject("rate", made.rate_id, name, editor.host),
        user=viewer(request),
        now=made.created_at if made.number != getattr(editor.newest, "number", 0) else now(),
        before=before,
        after={"name": name, "version": made.number, "definition": made.definition},
    )


def _preview(request: HttpRequest, editor: Editor, form: RateForm) -> dict[str, Any]:
    """What the example costs at the rate as it is typed, by the price engine itself."""
    typed = {name: request.POST.get(f"example.{name}", usual) for name, usual in USUAL.items()}
    asked = ExampleForm(typed)
    currency = _currency(editor, form)
    context: dict[str, Any] = {"example": asked, "preview": None, "zone": editor.zone.key}
    if not asked.is_valid() or tariff.rate_problems(form.definition, currency=currency):
        return context
    given = asked.cleaned_data
    wanted = Example(
        energy_wh=int(given["kwh"] * 1000),
        weekday=given["day"],
        at=time(given["at"].hour, given["at"].minute),
        late=timedelta(minutes=given["late"]),
    )
    rate = tariff.parse_rate(form.definition, currency=currency)
    report = example.price_of(wanted, rate=rate, zone=editor.zone, today=now().astimezone(editor.zone).date())
    sentence = f"{given['kwh'].normalize():f} kWh on {DAYS[given['day']]} {given['at']:%H:%M}, " + (
        f"unplugged {given['late']} minutes late" if given["late"] else "unplugged at once"
    )
    return context | {"preview": report_json(report), "sentence": sentence}
