"""Who pays a rate, and where: one act each, written down."""

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from authorization import access as people
from authorization.models import ApiKey, User
from billing import access, rates
from billing.models import Rate, RateAssignment
from chargers.models import Charger, Property
from chargers.views.frame import now, viewer
from support import audit


@login_required
@require_POST
def rate_assign(request: HttpRequest, pk: int) -> HttpResponse:
    """From now on this kind of person pays this rate there; what held there before is replaced."""
    rate = _managed(request, pk)
    place = Property.objects.filter(host=rate.host, slug=request.POST.get("property", "")).first()
    charger_id, audience = request.POST.get("charger", ""), request.POST.get("audience", "")
    charger = Charger.objects.filter(property=place, charger_id=charger_id).first() if place and charger_id else None
    if place is None or audience not in RateAssignment.Audience.values or (charger_id and charger is None):
        notes.error(request, "Choose a property, one of its own chargers or all of them, and who pays.")
        return redirect("billing:rate", pk=pk)
    with transaction.atomic():
        made, replaced = rates.assign(rate, place=place, charger=charger, audience=audience)
        written("rate.assigned", made, user=viewer(request), before=replaced)
    notes.success(request, f"{made.get_audience_display()} pay “{rate.name}” at {charger or place} from now on.")
    return redirect("billing:rate", pk=pk)


@login_required
@require_POST
def rate_unassign(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody of this kind pays this rate there any more; running sessions keep it."""
    rate = _managed(request, pk)
    wanted = request.POST.get("assignment", "")
    found = rate.assignments.select_related("property__host", "charger", "rate")
    assignment = found.filter(pk=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 18 else None
    if assignment is not None:
        with transaction.atomic():
            written("rate.unassigned", assignment, user=viewer(request), before=rate)
            assignment.delete()
        notes.success(request, f"“{rate.name}” is no longer paid there. Running sessions keep their price.")
    return redirect("billing:rate", pk=pk)


def _managed(request: HttpRequest, pk: int) -> Rate:
    rate = get_object_or_404(access.rates(viewer(request)).select_related("host"), pk=pk)
    if not people.may_manage(viewer(request), rate.host):
        raise Http404
    return rate


def written(verb: str, assignment: RateAssignment, *, user: User | ApiKey, before: Rate | None) -> None:
    """Keeps in the audit trail that the assignment was made or taken away; `before`: the rate that held there."""
    rate = assignment.rate
    place = {
        "property": assignment.property.slug,
        "charger": assignment.charger.charger_id if assignment.charger else None,
        "audience": assignment.audience,
    }
    audit.write(
        verb,
        audit.Subject("rate", rate.pk, rate.name, rate.host),
        user=user,
        now=now(),
        before=place | {"rate": before.slug} if before else None,
        after=place | {"rate": rate.slug if verb == "rate.assigned" else None},
    )
