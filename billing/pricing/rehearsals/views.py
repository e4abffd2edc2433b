"""The rehearsal of a rate: last month's sessions at its prices."""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from authorization.people import access as people
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from billing import access
from billing.models import Rate, Rehearsal, Session
from billing.pricing.rates import catalogue, rate_form, sites
from billing.pricing.rehearsals import acts, rehearsals
from billing.proration import periods
from chargers.models import Property


@dataclass(frozen=True, slots=True)
class RehearsedRow:
    """A session with one of the largest changes."""

    session: Session
    before_minor: int
    after_minor: int

    @property
    def difference_minor(self) -> int:
        return self.after_minor - self.before_minor


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rate_rehearsal(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows the newest rehearsal of the rate, or the chosen one. POST starts one of a draft or of a version."""
    user = viewer(request)
    rate = get_object_or_404(access.rates(user).select_related("host"), pk=pk)
    if not people.has_right(user, Right.SEE_MONEY, rate.host):
        raise Http404
    if request.method == "POST":
        if not people.may_manage(user, rate.host):
            raise Http404
        return _begin(request, rate)
    rehearsal = _find_rehearsal(request, rate)
    context = {
        "room": "rates",
        "rate": rate,
        "rehearsal": rehearsal,
        "rows": _rows(rehearsal),
        "places": _filter_visible_properties(request, rate),
        "others": rate.rehearsals.select_related("property").order_by("-id")[:10],
        "versions": rate.versions.filter(withdrawn_at=None).order_by("-number")[:20],
        "zone": sites.time_zone(rate),
        "month": rehearsal.month if rehearsal else rehearsals.last_month(now().date()),
        "may_change": people.may_manage(user, rate.host),
        "is_busy": rehearsal is not None and rehearsal.state in {Rehearsal.State.WAITING, Rehearsal.State.RUNNING},
        "percent": rehearsal.done * 100 // rehearsal.total if rehearsal and rehearsal.total else 0,
    }
    part = "#result" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"billing/rehearsal.html{part}", context)


def _begin(request: HttpRequest, rate: Rate) -> HttpResponse:
    month = _month(request.POST.get("month", ""))
    definition, number, problem = _parse_definition(request, rate)
    if definition is None or month is None:
        notes.error(request, problem or "Choose a month such as 2026-05.")
        return redirect("billing:rate", pk=rate.pk)
    slug = request.POST.get("property", "")
    property_ = _filter_visible_properties(request, rate).filter(slug=slug).first() if slug else None
    if slug and property_ is None:
        notes.error(request, "Choose one of the host's own properties, or all of them.")
        return redirect("billing:rate-rehearsal", pk=rate.pk)
    rehearsal_request = acts.RehearsalRequest(
        definition=definition,
        version_number=number,
        month=month,
        only_rate=request.POST.get("sessions") != "all",
        property_=property_,
    )
    new_rehearsal = acts.begin(rate, rehearsal_request, by=viewer(request), now=now())
    return redirect(f"{reverse('billing:rate-rehearsal', args=[rate.pk])}?id={new_rehearsal.pk}")


def _filter_visible_properties(request: HttpRequest, rate: Rate) -> QuerySet[Property]:
    """Returns the host's properties that this person may see."""
    return people.properties(viewer(request)).filter(host=rate.host).order_by("name")


def _parse_definition(request: HttpRequest, rate: Rate) -> tuple[dict[str, Any] | None, int | None, str]:
    """Returns what is to be rehearsed: a stored version by its number, or the editor's input."""
    posted_version = request.POST.get("version", "")
    if posted_version:
        version = (
            rate.versions.filter(number=int(posted_version)).first()
            if posted_version.isdecimal() and len(posted_version) < 9
            else None
        )
        return (version.definition, version.number, "") if version else (None, None, "There is no such version.")
    form = rate_form.read_post(request.POST)
    if form.energy and form.check(currency=rate.currency):
        newest = catalogue.newest(rate)
        same = newest is not None and newest.definition == form.definition
        return form.definition, newest.number if same and newest else None, ""
    first = next(iter(form.errors.values()), ["it has no price for energy"])[0]
    return None, None, f"The draft cannot be rehearsed yet: {first}"


def _month(text: str) -> date | None:
    """Returns the chosen month, which must have begun, or last month."""
    today = now().date()
    if not text:
        return rehearsals.last_month(today)
    month = periods.month(text)
    return month if month is not None and month <= today else None


def _find_rehearsal(request: HttpRequest, rate: Rate) -> Rehearsal | None:
    rows = rate.rehearsals.select_related("property").order_by("-id")
    rehearsal_id = request.GET.get("id", "")
    return (
        rows.filter(pk=int(rehearsal_id)).first()
        if rehearsal_id.isdecimal() and len(rehearsal_id) < 18
        else rows.first()
    )


def _rows(rehearsal: Rehearsal | None) -> list[RehearsedRow]:
    changed = rehearsal.result["most_changed"] if rehearsal and rehearsal.result else []
    keys = [uuid.UUID(change["session"]) for change in changed]
    sessions = Session.objects.filter(pk__in=keys).select_related("charger", "property").in_bulk()
    return [
        RehearsedRow(sessions[key], change["before_minor"], change["after_minor"])
        for key, change in zip(keys, changed, strict=True)
        if key in sessions
    ]
