"""Assigning a rate to people and places, and removing assignments."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from authorization.models import MobilityProvider, TokenGroup
from authorization.people import access as people
from authorization.people.request import now, viewer
from billing import access
from billing.models import Rate, RateAssignment, RateVersion
from billing.pricing.rates import catalogue
from billing.pricing.rates.acts import assignments as acts
from billing.pricing.rates.catalogue import AssignmentScope
from billing.pricing.rates.resolver import Candidate
from chargers.lib import moments
from chargers.models import Charger, Property


@login_required
@require_POST
def rate_assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Assigns the rate to these people there, from now or for the given days."""
    rate = _get_managed_rate(request, pk)
    try:
        scope = _parse_scope(request, rate)
        assignment, _ = acts.assign(rate, scope, by=viewer(request), now=now())
    except catalogue.RateError as exc:
        notes.error(request, str(exc))
        return redirect("billing:rate", pk=pk)
    candidate = Candidate(assignment, RateVersion(rate=rate))
    begins = f"from {assignment.active_from:%Y-%m-%d} on" if assignment.active_from else "from now on"
    notes.success(request, f"{candidate.people} pay “{rate.name}” at {candidate.place_name} {begins}.")
    return redirect("billing:rate", pk=pk)


def _parse_scope(request: HttpRequest, rate: Rate) -> AssignmentScope:
    """Returns the posted place and audience. Raises RateError."""
    posted = {key: str(value).strip() for key, value in request.POST.items()}
    property_ = Property.objects.filter(host=rate.host, slug=posted.get("property", "")).first()
    charger = (
        Charger.objects.filter(property=property_, charger_id=posted.get("charger", "")).first() if property_ else None
    )
    audience_kind, _, narrowed = posted.get("audience", "").partition(":")
    is_charger_wrong = bool(posted.get("charger")) and charger is None
    if property_ is None or audience_kind not in RateAssignment.Audience.values or is_charger_wrong:
        raise catalogue.RateError("Choose a property, then one of its chargers or all of them, and who pays.")
    zone = ZoneInfo(property_.time_zone)
    return AssignmentScope(
        property=property_,
        charger=charger,
        evse_number=_number(posted.get("connector", ""), field_name="connector"),
        audience=audience_kind,
        group=_group(rate, narrowed) if audience_kind == RateAssignment.Audience.MEMBER else None,
        msp=_msp(narrowed) if audience_kind == RateAssignment.Audience.ROAMING else None,
        priority=_number(posted.get("priority", ""), field_name="priority") or 0,
        active_from=_midnight(posted.get("from", ""), zone=zone),
        active_to=_midnight(posted.get("to", ""), zone=zone, days_on=1),
    )


def _number(text: str, *, field_name: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.removeprefix("-").isdecimal() or len(text) > 6:
        raise catalogue.RateError(f"“{text[:20]}” is not a {field_name}: enter a whole number.")
    if field_name == "connector" and int(text) < 1:
        raise catalogue.RateError(f"“{text[:20]}” is not a connector: numbering starts at 1.")
    return int(text)


def _group(rate: Rate, slug: str) -> TokenGroup | None:
    if not slug:
        return None
    group = TokenGroup.objects.filter(host=rate.host, slug=slug).first()
    if group is None:
        raise catalogue.RateError("Choose one of the host's own card groups, or all members.")
    return group


def _msp(code: str) -> MobilityProvider | None:
    """Returns the provider by its code, such as NL-EMS."""
    if not code:
        return None
    country, _, party = code.partition("-")
    msp = MobilityProvider.objects.filter(country_code=country, party_id=party).first()
    if msp is None:
        raise catalogue.RateError("Choose a roaming partner that is known here, or all roaming drivers.")
    return msp


def _midnight(text: str, *, zone: ZoneInfo, days_on: int = 0) -> datetime | None:
    """Returns the beginning of a local day, or of the next one if the day is included."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=days_on)
    except (ValueError, OverflowError) as exc:
        raise catalogue.RateError(f"“{text[:20]}” is not a date: write it as 2026-06-01.") from exc
    return moments.clamp_to_utc(datetime.combine(day, time(), tzinfo=zone))


@login_required
@require_POST
def rate_unassign(request: HttpRequest, pk: int) -> HttpResponse:
    """Removes the assignment; running sessions keep their rate."""
    rate = _get_managed_rate(request, pk)
    assignment_id = request.POST.get("assignment", "")
    assignments = rate.assignments.select_related("property__host", "charger", "rate__host")
    assignment = (
        assignments.filter(pk=int(assignment_id)).first()
        if assignment_id.isdecimal() and len(assignment_id) < 18
        else None
    )
    if assignment is not None:
        acts.unassign(assignment, by=viewer(request), now=now())
        notes.success(request, f"“{rate.name}” is no longer paid there. Running sessions keep their price.")
    return redirect("billing:rate", pk=pk)


def _get_managed_rate(request: HttpRequest, pk: int) -> Rate:
    rate = get_object_or_404(access.rates(viewer(request)).select_related("host"), pk=pk)
    if not people.may_manage(viewer(request), rate.host):
        raise Http404
    return rate
