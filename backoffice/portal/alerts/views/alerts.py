"""Alerts: the user's rules, sent notices, and reports by mail."""

from collections import Counter
from typing import Any

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from authorization.models import User
from authorization.people import access as people
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from backoffice.portal.alerts import acts, notices
from backoffice.portal.alerts.acts import RuleError, WantedRule
from billing import access
from billing.models import AlertKind, AlertNotice, AlertRule, ReportSchedule, WebhookEndpoint
from chargers.models import Host, Property
from chargers.properties import details

_MAX_NOTICES = 50
_MAX_MINUTES = 24 * 60
_MAX_COUNTED = 1000


class AlertRuleForm(forms.Form):
    """A rule as the user enters it for one host."""

    host = forms.ModelChoiceField(Host.objects.none(), empty_label=None, to_field_name="slug", label="At")
    kinds = forms.MultipleChoiceField(choices=AlertKind.choices, widget=forms.CheckboxSelectMultiple, label="What")
    properties = forms.ModelMultipleChoiceField(
        Property.objects.none(), required=False, to_field_name="slug", help_text="None chosen: all."
    )
    endpoint = forms.ModelChoiceField(
        WebhookEndpoint.objects.none(), required=False, empty_label="By e-mail to me", label="How"
    )
    minutes = forms.IntegerField(
        min_value=0,
        max_value=_MAX_MINUTES,
        initial=10,
        label="Minutes before it counts",
        help_text="Of being offline or faulted; shorter outages are not reported.",
    )
    quiet_from = forms.TimeField(required=False, widget=forms.TimeInput(attrs={"type": "time"}), label="Quiet from")
    quiet_to = forms.TimeField(
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
        label="Quiet until",
        help_text="What comes meanwhile arrives afterwards, as one mail.",
    )
    time_zone = forms.ChoiceField(
        choices=[(zone, zone.replace("_", " ")) for zone in details.time_zones()],
        help_text="Of the quiet hours and of the times in the mails.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hosts = people.hosts_with(user, Right.SEE)
        querysets = {
            "host": hosts.order_by("name"),
            "properties": Property.objects.filter(host__in=hosts).order_by("name"),
            "endpoint": access.webhook_endpoints(user).filter(disabled_at=None),
        }
        for name, rows in querysets.items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned_data: dict[str, Any] = super().clean() or {}
        if (cleaned_data.get("quiet_from") is None) != (cleaned_data.get("quiet_to") is None):
            self.add_error("quiet_to", "Quiet hours need both their beginning and their end.")
        return cleaned_data


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def alert_page(request: HttpRequest) -> HttpResponse:
    """Shows the user's own rules and reports, and the result of each notice."""
    user = viewer(request)
    form = None
    if request.method == "POST":
        form = _handle_form(request, user)
        if form is None:
            return redirect("portal:alerts")
    zone = people.zone(people.properties(user))
    own_notices = AlertNotice.objects.filter(rule__user=user).select_related("rule", "incident", "mail")
    context = {
        "room": "alerts",
        "form": form or AlertRuleForm(user=user, initial={"time_zone": _usual_zone(user)}),
        "rules": AlertRule.objects.filter(user=user, ended_at=None)
        .select_related("host", "endpoint")
        .prefetch_related("properties")
        .order_by("pk"),
        "kinds": dict(AlertKind.choices),
        "notices": [(notice, notices.headline(notice)) for notice in own_notices.order_by("-id")[:_MAX_NOTICES]],
        "report_hosts": people.hosts_with(user, Right.SEE_MONEY).order_by("name")[:100],
        "cycles": ReportSchedule.Cycle.choices,
        "reports": ReportSchedule.objects.filter(user=user, ended_at=None)
        .select_related("host")
        .prefetch_related("runs__mails")
        .order_by("pk"),
        "zone": zone,
    }
    return render(request, "billing/alerts.html", context)


def _usual_zone(user: User) -> str:
    """Returns the time zone of most of the user's properties."""
    zones = Counter(people.properties(user).values_list("time_zone", flat=True)[:_MAX_COUNTED])
    return zones.most_common(1)[0][0] if zones else "UTC"


def _handle_form(request: HttpRequest, user: User) -> AlertRuleForm | None:
    """Handles the submitted form. Returns None if it was done, else the form with its errors."""
    match request.POST.get("do"):
        case "add":
            return _add_rule(request, user)
        case "end":
            rule = AlertRule.objects.filter(user=user, pk=_number(request, "rule"), ended_at=None).first()
            if rule is not None:
                acts.end_rule(rule, by=user, now=now())
                notes.success(request, "Nothing more is sent for this rule.")
        case "report":
            _add_report(request, user)
        case "end_report":
            rows = ReportSchedule.objects.filter(user=user, pk=_number(request, "report"), ended_at=None)
            if (schedule := rows.first()) is not None:
                acts.end_report(schedule, by=user, now=now())
                notes.success(request, "The report is not sent any more.")
        case _:
            notes.info(request, "Nothing was changed: choose one of the buttons.")
    return None


def _add_rule(request: HttpRequest, user: User) -> AlertRuleForm | None:
    form = AlertRuleForm(request.POST, user=user)
    if not form.is_valid():
        return form
    entered = form.cleaned_data
    rule = WantedRule(
        kinds=[AlertKind(kind) for kind in entered["kinds"]],
        time_zone=entered["time_zone"],
        properties=list(entered["properties"]),
        endpoint=entered["endpoint"],
        minutes=entered["minutes"],
        quiet=(entered["quiet_from"], entered["quiet_to"]) if entered["quiet_from"] is not None else None,
    )
    try:
        acts.add_rule(entered["host"], rule, to=user, by=user, now=now())
    except RuleError as exc:
        form.add_error(exc.field, str(exc))
        return form
    notes.success(request, "Added. It holds for what begins from now on, and for outages that last.")
    return None


def _add_report(request: HttpRequest, user: User) -> None:
    slug = request.POST.get("host", "").replace("\x00", "")
    host = people.hosts_with(user, Right.SEE_MONEY).filter(slug=slug).first()
    cycle = request.POST.get("cycle", "")
    if host is None or cycle not in ReportSchedule.Cycle.values:
        notes.info(request, "Nothing was changed: choose a host and how often.")
        return
    zone = people.zone(Property.objects.filter(host=host))
    new_schedule = acts.add_report(host, ReportSchedule.Cycle(cycle), time_zone=zone, by=user, now=now())
    notes.success(
        request, "The next one comes when its period is over." if new_schedule else "You get this report already."
    )


def _number(request: HttpRequest, name: str) -> int:
    """Reads a primary key from the form; 0, which no row has, for anything else."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < len("1000000000") else 0
