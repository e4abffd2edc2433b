"""Chargers > View > Uptime: its states, its usable time, and outages that do not count."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from authorization.models import User
from authorization.people import access
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from billing.sessions.trends import losses
from billing.sessions.trends.losses import Loss, Outage
from chargers.acts import outages as acts
from chargers.availability import outages, timeline
from chargers.availability.outages import Availability, Port
from chargers.availability.uptime import Span
from chargers.fleet import condition
from chargers.formatting import state_timeline
from chargers.formatting.state_timeline import Lane
from chargers.models import Charger, OutageExclusion
from chargers.pages.frame import frame_of

DAY: Final = timedelta(days=1)
_MONTH: Final = 30 * DAY
_YEAR: Final = 365 * DAY
_MAX_OUTAGES: Final = 100
_MAX_DIGITS: Final = 18


class ExclusionForm(forms.Form):
    """A time whose outages do not count, in the property's zone."""

    kind = forms.ChoiceField(choices=OutageExclusion.Kind.choices)
    evse = forms.IntegerField(required=False, min_value=1, max_value=1000)
    outage = forms.CharField(required=False, max_length=60, label="Outage")
    begins_at = forms.DateTimeField(label="From")
    ends_at = forms.DateTimeField(label="Until")
    reason = forms.CharField(max_length=300, label="Why, and how you know")

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        begins_at, ends_at = values.get("begins_at"), values.get("ends_at")
        if begins_at and ends_at and ends_at <= begins_at:
            self.add_error("ends_at", "It must end after it begins.")
        return values


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A timeline: its lanes and its time span."""

    title: str
    lanes: list[Lane]
    since: datetime
    until: datetime
    width: int = state_timeline.WIDTH
    height: int = state_timeline.HEIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentOutage:
    """A current problem and its estimated cost; `loss` is None for readers who may not see money."""

    words: str
    since: datetime
    loss: Loss | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedOutage:
    """An outage of a port, with the exclusions that overlap it."""

    port: Port
    span: Span
    lasts: bool
    excluded: list[OutageExclusion]
    form: ExclusionForm | None
    """The form for it, if the input could not be saved."""

    @property
    def key(self) -> str:
        return f"{self.port.evse_number}-{int(self.span.begins_at.timestamp())}"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def uptime_page(request: HttpRequest, charger_id: str) -> HttpResponse:
    """Shows how available the charger was for drivers, and which outages do not count."""
    frame, user, at = frame_of(request, charger_id), viewer(request), now()
    charger, form = frame.charger, None
    may_manage = access.may_at(user, Right.MANAGE, charger)
    if request.method == "POST":
        if not may_manage:
            raise Http404
        form = _run_action(request, charger, by=user)
        if form is None:
            return redirect("chargers:uptime", charger_id=charger_id)
    month = outages.of_charger(charger, since=at - _MONTH, now=at)
    exclusions = list(charger.outage_exclusions.filter(withdrawn_at=None).order_by("-begins_at")[:_MAX_OUTAGES])
    outage_rows = _build_outage_rows(month, exclusions, form=form, now=at)
    context = {
        "room": "chargers",
        "tab": "uptime",
        "frame": frame,
        "now": at,
        "pictures": [
            _picture("Last 24 hours", charger, since=at - DAY, now=at),
            _picture("Last 30 days", charger, since=at - _MONTH, now=at),
        ],
        "windows": [
            ("Last 30 days", month),
            ("Last 12 months", outages.of_charger(charger, since=at - _YEAR, now=at)),
        ],
        "known_since": month.known_since,
        "outages": outage_rows[:_MAX_OUTAGES],
        "more_outages": max(len(outage_rows) - _MAX_OUTAGES, 0),
        "exclusions": exclusions,
        "broken": list(_list_problems(charger, user, now=at)),
        "kinds": OutageExclusion.Kind.choices,
        "may_manage": may_manage,
        "form": form,
    }
    return render(request, "chargers/uptime.html", context)


def _run_action(request: HttpRequest, charger: Charger, *, by: User) -> ExclusionForm | None:
    """Runs the posted action; returns None on success, else the form with errors."""
    if request.POST.get("do") == "withdraw":
        exclusion_key = request.POST.get("exclusion", "")[:_MAX_DIGITS]
        rows = charger.outage_exclusions.filter(withdrawn_at=None)
        exclusion = (
            rows.filter(pk=int(exclusion_key)).first()
            if exclusion_key.isascii() and exclusion_key.isdecimal()
            else None
        )
        if exclusion is not None:
            with suppress(acts.AlreadyWithdrawnError):  # at the same moment, in another window
                acts.withdraw(exclusion, by=by, now=now())
            notes.success(request, "The outage counts again.")
        return None
    with timezone.override(ZoneInfo(charger.property.time_zone)):
        form = ExclusionForm(request.POST)
        if not form.is_valid():
            return form
    entered = form.cleaned_data
    acts.exclude(
        charger,
        Span(entered["begins_at"], entered["ends_at"]),
        kind=OutageExclusion.Kind(entered["kind"]),
        reason=entered["reason"],
        evse_number=entered["evse"],
        by=by,
        now=now(),
    )
    notes.success(request, "Excluded. Only outages within that time are left out of the figures.")
    return None


def _picture(title: str, charger: Charger, *, since: datetime, now: datetime) -> Picture:
    return Picture(title=title, lanes=timeline.lanes_of(charger, since=since, now=now), since=since, until=now)


def _build_outage_rows(
    availability: Availability, exclusions: Sequence[OutageExclusion], *, form: ExclusionForm | None, now: datetime
) -> list[ListedOutage]:
    sent = form.data.get("outage", "") if form is not None else ""
    rows = [
        ListedOutage(
            port=port,
            span=span,
            lasts=span.ends_at >= now,
            excluded=[
                exclusion
                for exclusion in exclusions
                if exclusion.evse_number in {None, port.evse_number}
                and exclusion.begins_at < span.ends_at
                and exclusion.ends_at > span.begins_at
            ],
            form=form if sent == f"{port.evse_number}-{int(span.begins_at.timestamp())}" else None,
        )
        for port in availability.ports
        for span in port.outages
    ]
    return sorted(rows, key=lambda row: row.span.begins_at, reverse=True)


def _list_problems(charger: Charger, user: User, *, now: datetime) -> list[CurrentOutage]:
    """Returns current problems; offline hides faults.

    Two queries if there are any, and one for the right to see money.
    """
    if charger.retired_at is not None:
        return []
    open_problems: list[tuple[str, int | None, datetime]] = []
    if (
        not charger.is_online()
        and charger.disconnected_at
        and now - charger.disconnected_at >= condition.OFFLINE_NEEDS_CARE
    ):
        open_problems = [("Offline", None, charger.disconnected_at)]
    elif charger.is_online():
        faults = outages.open_faults([charger.pk]).get(charger.pk, [])
        open_problems = [
            (
                f"Connector {fault.evse_number} faulted" if fault.evse_number else "Faulted",
                fault.evse_number,
                fault.since,
            )
            for fault in faults
        ]
    sees_money = bool(open_problems) and access.may_at(user, Right.SEE_MONEY, charger)
    lost = losses.estimate(
        Outage(charger=charger.pk, evse_number=evse, since=since, until=now)
        for _, evse, since in open_problems
        if sees_money
    )
    return [
        CurrentOutage(words=words, since=since, loss=lost.get((charger.pk, evse)))
        for words, evse, since in open_problems
    ]
