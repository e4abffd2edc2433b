"""Settings > Notifications: all mails that a user gets, and which of them they can change."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from authorization.accounts import fresh_login
from authorization.models import User
from authorization.people import access as people
from authorization.people.request import now, read_query_param, viewer
from authorization.people.roles import Right
from backoffice.portal.alerts import acts
from backoffice.portal.alerts.acts import RuleError, WantedRule
from billing.models import AlertKind, AlertRule, MutedMail, ReportSchedule, StatementReader
from billing.payouts.statements import acts as statements
from chargers.models import Host
from chargers.properties import time_zones

_MAX_HOSTS: Final = 20
_PAID: Final = MutedMail.Kind.PAYOUT_PAID


@dataclass(frozen=True, slots=True, kw_only=True)
class OfHost:
    """The user's mails about one host. None: their role does not see it."""

    host: Host
    rules: list[AlertRule]
    reports: set[str] | None
    statements: bool | None
    payouts_paid: bool | None


class QuietForm(forms.Form):
    """The hours without alerts; both empty: alerts are always sent at once."""

    quiet_from = forms.TimeField(
        required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), label="From"
    )
    quiet_to = forms.TimeField(
        required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), label="Until"
    )

    def clean(self) -> dict[str, Any]:
        cleaned_data: dict[str, Any] = super().clean() or {}
        if not self.errors and (cleaned_data.get("quiet_from") is None) != (cleaned_data.get("quiet_to") is None):
            self.add_error("quiet_to", "Quiet hours need both their beginning and their end.")
        return cleaned_data


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def notifications(request: HttpRequest) -> HttpResponse:
    """Shows the user's own mails, host by host."""
    user = viewer(request)
    if request.method == "POST" and _is_about_payouts(request):
        return _change_payout_mails(request)
    quiet = QuietForm(request.POST if request.POST.get("do") == "quiet" else None, initial=_usual(user))
    if request.method == "POST" and _handle_form(request, user, quiet):
        return redirect("settings-notifications")
    query = read_query_param(request, "q")
    visible_hosts = people.hosts_with(user, Right.SEE).order_by("name")
    hosts = list((visible_hosts.filter(name__icontains=query) if query else visible_hosts)[: _MAX_HOSTS + 1])
    context = {
        "room": "settings",
        "hosts": _hosts(user, hosts[:_MAX_HOSTS]),
        "has_more": len(hosts) > _MAX_HOSTS,
        "q": query,
        "kinds": dict(AlertKind.choices),
        "cycles": ReportSchedule.Cycle.choices,
        "quiet": quiet,
        "has_rules": _rules(user).exists(),
    }
    return render(request, "billing/notifications.html", context)


def _is_about_payouts(request: HttpRequest) -> bool:
    return request.POST.get("do", "").partition(":")[0] in ("statements", "paid")


@fresh_login.after_log_in
def _change_payout_mails(request: HttpRequest) -> HttpResponse:
    """Needs a fresh log-in, because a thief who redirects money would first silence the mails about it."""
    _change(request, viewer(request))
    return redirect("settings-notifications")


def _hosts(user: User, hosts: list[Host]) -> list[OfHost]:
    """Returns the mails by host. Six queries, however many hosts there are."""
    money = set(people.hosts_with(user, Right.SEE_MONEY).values_list("pk", flat=True))
    handles = set(people.hosts_with(user, Right.HANDLE_MONEY).values_list("pk", flat=True))
    rules = list(_rules(user).select_related("endpoint").prefetch_related("properties").order_by("pk"))
    reports = list(ReportSchedule.objects.filter(user=user, ended_at=None).values_list("host_id", "cycle"))
    read = set(StatementReader.objects.filter(user=user).values_list("host_id", flat=True))
    muted = set(MutedMail.objects.filter(user=user, kind=_PAID).values_list("host_id", flat=True))
    belongs = set(user.memberships.values_list("host_id", flat=True))
    return [
        OfHost(
            host=host,
            rules=[rule for rule in rules if rule.host_id == host.pk],
            reports={cycle for host_pk, cycle in reports if host_pk == host.pk} if host.pk in money else None,
            statements=host.pk in read if host.pk in money else None,
            payouts_paid=host.pk not in muted if host.pk in handles & belongs else None,
        )
        for host in hosts
    ]


def _usual(user: User) -> dict[str, Any]:
    """Returns the quiet hours of the first rule."""
    first = _rules(user).order_by("pk").first()
    return {"quiet_from": first.quiet_from, "quiet_to": first.quiet_to} if first else {}


def _rules(user: User) -> Any:
    return AlertRule.objects.filter(user=user, ended_at=None)


def _handle_form(request: HttpRequest, user: User, quiet: QuietForm) -> bool:
    """Handles the submitted form. Returns False if the form of the quiet hours has errors."""
    if request.POST.get("do") == "quiet":
        return _save_quiet_hours(request, user, quiet)
    _change(request, user)
    return True


def _change(request: HttpRequest, user: User) -> None:
    slug = request.POST.get("host", "").replace("\x00", "")
    host = people.hosts_with(user, Right.SEE).filter(slug=slug).first()
    message = _apply_change(request.POST.get("do", ""), host, user=user) if host else ""
    if message:
        notes.success(request, message)
    else:
        notes.info(request, "Nothing was changed.")


def _save_quiet_hours(request: HttpRequest, user: User, form: QuietForm) -> bool:
    if not form.is_valid():
        return False
    begins, ends = form.cleaned_data["quiet_from"], form.cleaned_data["quiet_to"]
    hours = (begins, ends) if begins is not None else None
    changed = 0
    try:
        for rule in _rules(user).select_related("host", "user"):
            if people.has_right(user, Right.SEE, rule.host):
                changed += acts.set_quiet_hours(rule, quiet=hours, by=user, now=now())
    except RuleError as exc:
        form.add_error(exc.field, str(exc))
        return False
    if changed:
        notes.success(request, "Saved. It holds for each of your rules, on the clock of each.")
    else:
        notes.info(request, "Nothing was changed.")
    return True


def _apply_change(do: str, host: Host, *, user: User) -> str:
    """Makes the change and returns a sentence for the user; empty if nothing changed."""
    at = now()
    match do.split(":"):
        case ["usual"] if not _rules(user).filter(host=host).exists():
            rule = WantedRule(kinds=list(AlertKind), time_zone=time_zones.of_host(host), properties=[])
            with suppress(RuleError):  # another window did the same at the same moment
                acts.add_rule(host, rule, to=user, by=user, now=at)
            return f"All alerts of {host} go to {user.email} from now on."
        case ["statements", ("on" | "off") as position]:
            if statements.send_me(host, is_subscribed=position == "on", by=user, now=at):
                return f"Statements of {host} are {'sent to you' if position == 'on' else 'not sent to you any more'}."
        case ["paid", ("on" | "off") as position]:
            if acts.set_mail_muted(host, _PAID, muted=position == "off", by=user, now=at):
                verb = "get" if position == "on" else "get no"
                return f"You {verb} mails when a payout of {host} was paid."
        case ["report", cycle, ("on" | "off") as position] if cycle in ReportSchedule.Cycle.values:
            return _set_report_schedule(ReportSchedule.Cycle(cycle), host, is_wanted=position == "on", user=user)
    return ""


def _set_report_schedule(cycle: ReportSchedule.Cycle, host: Host, *, is_wanted: bool, user: User) -> str:
    if is_wanted:
        new_schedule = acts.add_report(host, cycle, time_zone=time_zones.of_host(host), by=user, now=now())
        return "The next report comes when its period is over." if new_schedule else ""
    schedule = ReportSchedule.objects.filter(host=host, user=user, cycle=cycle, ended_at=None).first()
    return "The report is not sent any more." if schedule and acts.end_report(schedule, by=user, now=now()) else ""
