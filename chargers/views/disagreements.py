"""Properties > Disagreements: cards that one back office refuses and another accepts."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from authorization.insight import divergence
from authorization.people import access
from authorization.people.request import now, viewer

PERIODS = {"7d": ("Last 7 days", 7), "30d": ("Last 30 days", 30), "90d": ("Last 90 days", 90)}


@login_required
@require_safe
def disagreements(request: HttpRequest, slug: str) -> HttpResponse:
    """Lists who refused whom, how often and since when."""
    user = viewer(request)
    property_ = access.properties(user).select_related("host").filter(slug=slug).first()
    if property_ is None:
        raise Http404
    period = request.GET.get("period", "30d")
    _, days = PERIODS.get(period, PERIODS["30d"])
    chargers = access.chargers(user).filter(property=property_)
    context = {
        "room": "properties",
        "place": property_,
        "rows": divergence.report(chargers, since=now() - timedelta(days=days)),
        "periods": {key: label for key, (label, _) in PERIODS.items()},
        "period": period if period in PERIODS else "30d",
    }
    return render(request, "chargers/disagreements.html", context)
