"""Properties > Power: the limit shared by chargers, each share with its reason, and the last day."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import JSONObject
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from authorization.people import access
from authorization.people.request import now, viewer
from chargers.acts import power as acts
from chargers.fleet.condition import Kind
from chargers.models import PowerLimit, PowerOutlet, PowerSample, Property, Transaction
from chargers.pages import live, power_picture
from chargers.power import allocation, power_outlets
from chargers.power.power_outlets import MeteredOutlet
from chargers.power.profiles import Purpose
from chargers.text import spreadsheets

_KINDS: dict[str, tuple[Kind, str]] = {
    "full": ("ok", "All it takes"),
    "shared": ("busy", "Shares"),
    "gave_back": ("busy", "Gave back"),
    "paused": ("warn", "Paused"),
    "fixed": ("bad", "Not limited"),
}


class LimitForm(forms.ModelForm):  # type: ignore[type-arg]
    """The form of the limit."""

    class Meta:
        model = PowerLimit
        fields = acts.LIMIT_FIELDS
        labels = {
            "amount": "Limit",
            "voltage_v": "Volts of one phase",
            "minimum_a": "Least current of a car (A)",
            "offline_a": "Without word from us (A)",
        }
        help_texts = {
            "voltage_v": "",
            "minimum_a": "Who would get less is paused.",
            "offline_a": "What a car may draw before it gets more, and at a charger that is offline. 0: nothing.",
        }

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["unit"].widget.attrs["aria-label"] = "Unit of the limit"
        for name, value in self.initial.items():
            if isinstance(value, Decimal):
                self.initial[name] = _format_number(value)

    def clean(self) -> dict[str, Any]:
        """Refuses a limit under which no car could ever charge, as a typing error."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return values
        names = ("amount", "unit", "phases", "voltage_v", "minimum_a", "offline_a")
        for name, fault in power_outlets.faults(PowerLimit(**{name: values[name] for name in names})).items():
            self.add_error(name, fault)
        return values


class OutletForm(forms.ModelForm):  # type: ignore[type-arg]
    """How one outlet takes part."""

    class Meta:
        model = PowerOutlet
        fields = acts.OUTLET_FIELDS


@dataclass(frozen=True, slots=True)
class OutletRow:
    """An outlet as a row of the page."""

    metered: MeteredOutlet
    form: OutletForm
    kind: Kind
    word: str
    sentence: str
    pending: str

    @property
    def gets(self) -> str:
        return _format_amps(self.metered.row.allotted_a)

    @property
    def draws(self) -> str:
        return _format_amps(self.metered.row.drawing_a)


def _version(request: HttpRequest, slug: str) -> str:
    """Returns a version of what the page follows: the limit, the newest measurement, the shares of the outlets and
    whether their chargers are connected. One query.
    """
    limits = PowerLimit.objects.filter(property=OuterRef("property"))
    facts = JSONObject(**{name: name for name in (*acts.LIMIT_FIELDS, "uncontrolled_a", "uncontrolled_since")})
    samples = PowerSample.objects.filter(limit__property=OuterRef("property")).order_by("-at")
    running = Transaction.objects.filter(charger=OuterRef("pk"), stopped_at=None).order_by("-id")
    rows = access.chargers(viewer(request)).filter(property__slug=slug).order_by("pk")
    rows = rows.annotate(
        outlets=Count("evses__power__profiles"),
        shares=Sum(live.row_version("chargers_poweroutlet")),
        sent=Sum(live.row_version("chargers_sentprofile")),
        running=Subquery(running.values("id")[:1]),
        measured=Subquery(samples.values("id")[:1]),
        limited=Subquery(limits.annotate(facts=facts).values("facts")[:1]),
    )
    names = ("pk", "connection_id", "disconnected_at", "outlets", "shares", "sent", "running", "measured", "limited")
    return live.digest(list(rows.values_list(*names)))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@live.follows(_version)
def power_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Shows the limit, its present shares and the chart of the day; owners and managers can change it."""
    user = viewer(request)
    property_ = access.properties(user).select_related("host").filter(slug=slug).first()
    if property_ is None:
        raise Http404
    may_change = access.may_manage(user, property_.host)
    stored_limit = PowerLimit.objects.filter(property=property_).select_related("property").first()
    limit = stored_limit or PowerLimit(property=property_)
    posted = request.POST if request.method == "POST" else None
    if posted is not None and not may_change:
        raise Http404
    if posted is not None:
        power_outlets.complete(property_)
    visible = set(access.chargers(user).filter(property=property_).values_list("pk", flat=True))
    metered_outlets = [
        metered_outlet
        for metered_outlet in power_outlets.of_limit(limit, now=now())
        if metered_outlet.charger.pk in visible
    ]
    forms_by_outlet = {
        metered_outlet.evse.pk: OutletForm(
            posted, instance=metered_outlet.row, prefix=f"outlet-{metered_outlet.evse.pk}"
        )
        for metered_outlet in metered_outlets
    }
    before = acts.facts(limit, metered_outlets)
    form = LimitForm(posted, instance=limit)
    if (
        posted is not None
        and form.is_valid()
        and all(outlet_form.is_valid() for outlet_form in forms_by_outlet.values())
    ):
        outlets = [outlet_form.instance for outlet_form in forms_by_outlet.values()]
        acts.change(form.save(commit=False), outlets, metered_outlets, before=before, by=user, now=now())
        notes.success(request, f"Saved: {_summary(form.instance)}")
        return redirect("chargers:power", slug=slug)
    if posted is not None:  # the page shows the stored limit, the form shows the input
        limit = PowerLimit.objects.filter(property=property_).select_related("property").first() or PowerLimit(
            property=property_
        )
    context = _context(property_, limit, metered_outlets, forms_by_outlet) | {"form": form, "may_change": may_change}
    return render(request, "chargers/power.html", context)


@login_required
@require_safe
def power_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """Downloads the measurements of the last day, oldest first: amperes of the fullest phase, times in UTC."""
    property_ = access.properties(viewer(request)).filter(slug=slug).first()
    if property_ is None:
        raise Http404
    samples = PowerSample.objects.filter(limit__property=property_, at__gt=now() - power_picture.DAY).order_by("at")
    rows = samples.values_list("at", "drawn_a", "allotted_a", "limit_a")
    header = ["at", "drawn (A)", "allotted (A)", "limit (A)"]
    content = spreadsheets.render_csv(header, ([at.isoformat(), *amps] for at, *amps in rows))
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="load-{slug}.csv"'
    return response


def _context(
    property_: Property, limit: PowerLimit, outlets: list[MeteredOutlet], forms_by_outlet: dict[int, OutletForm]
) -> dict[str, Any]:
    zone = ZoneInfo(property_.time_zone)
    rows = [_row(outlet, forms_by_outlet[outlet.evse.pk], limit, zone) for outlet in outlets]
    samples = limit.samples.filter(at__gt=now() - power_picture.DAY) if limit.pk else []
    taking = [outlet for outlet in outlets if outlet.row.takes_part]
    offline_total = (
        sum((min(limit.offline_a, outlet.most_a) for outlet in taking), Decimal(0)) if limit.pk else Decimal(0)
    )
    return {
        "room": "properties",
        "place": property_,
        "limit": limit if limit.pk else None,
        "summary": _summary(limit) if limit.pk else "",
        "rows": rows,
        "charging": sum(1 for outlet in outlets if outlet.transaction),
        "picture": power_picture.of_samples(samples, zone=zone, now=now()),
        "offline_total": _format_amps(offline_total) if limit.pk and offline_total > limit.limit_a() else "",
        "limit_a": _format_amps(limit.limit_a()) if limit.pk else "",
        "uncontrolled": _format_amps(limit.uncontrolled_a) if limit.pk and limit.uncontrolled_a is not None else "",
    }


def _row(outlet: MeteredOutlet, form: OutletForm, limit: PowerLimit, zone: ZoneInfo) -> OutletRow:
    kind, word, sentence = _describe_outlet(outlet, limit)
    return OutletRow(outlet, form, kind, word, sentence, _pending(outlet, zone))


def _describe_outlet(outlet: MeteredOutlet, limit: PowerLimit) -> tuple[Kind, str, str]:
    row = outlet.row
    default = outlet.profile(Purpose.DEFAULT)
    if not limit.pk or not limit.enabled:
        removal_note = " Our profiles are being removed from its charger." if outlet.profiles else ""
        return "unknown", "No limit", f"It may draw all of its {_format_amps(outlet.most_a)}.{removal_note}"
    if not row.takes_part:
        return "unknown", "Does not take part", "It is not counted and not limited."
    if row.sentence:
        kind, word = _KINDS[row.kind]
        return kind, word, row.sentence
    if outlet.charger.connected_at is None:
        return "unknown", "Never connected", "It counts once its charger has connected."
    if outlet.transaction:
        return "busy", "Just began", "A car began: its share is worked out within seconds."
    if default and default.refusal:
        return "warn", "No car", f"A car here would begin with full power, because {_lower(default.refusal)}"
    if not outlet.charger.is_online():
        may = _format_amps(default.in_force_a) if default and default.in_force_a is not None else "its full power"
        return "unknown", "Offline, no car", f"It is not counted. A car that begins there meanwhile may draw {may}."
    begins = _format_amps(default.in_force_a) if default and default.in_force_a is not None else "its full power"
    return "ok", "No car", f"A car that comes begins with {begins} until it gets its share."


def _pending(outlet: MeteredOutlet, zone: ZoneInfo) -> str:
    """Describes what the charger was asked and has not answered yet."""
    requested_profiles = [
        profile for purpose in (Purpose.TRANSACTION, Purpose.DEFAULT) if (profile := outlet.profile(purpose))
    ]
    waiting = next(
        (sent_profile for sent_profile in requested_profiles if sent_profile.command_id and sent_profile.asked_at), None
    )
    if waiting is None or waiting.asked_at is None:
        return ""
    request_text = "to remove its limit" if waiting.asked_a is None else f"to take {_format_amps(waiting.asked_a)}"
    return f"Asked {request_text} at {waiting.asked_at.astimezone(zone):%H:%M:%S}; not answered yet."


def _format_number(value: Decimal) -> str:
    """Formats 20 and 6.5 without trailing zeros."""
    return f"{value.normalize():f}"


def _summary(limit: PowerLimit) -> str:
    """Describes the limit: 20 A on each of 3 phases, shared equally."""
    if not limit.enabled:
        return "no limit is held."
    per_phase = _format_amps(limit.limit_a())
    phase_text = f"{per_phase} on each of 3 phases" if limit.phases > 1 else f"{per_phase} on one phase"
    of_watts = f" ({_format_number(limit.amount)} W in all)" if limit.unit == PowerLimit.Unit.WATTS else ""
    strategy_text = "shared equally" if limit.strategy == PowerLimit.Strategy.EQUAL else "first come, first served"
    return f"{phase_text}{of_watts}, {strategy_text}."


def _format_amps(amps: Decimal | None) -> str:
    return "–" if amps is None else f"{allocation.text(amps)} A"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
