"""Paste anything: one search box for amounts, numbers and references of money."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from authorization.people.request import viewer
from billing.overview import finding


@login_required
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """One page that explains it is opened at once; of several the viewer chooses."""
    text = request.GET.get("q", "")[:200]
    hits = finding.find(viewer(request), text) if text.strip() else []
    if len(hits) == 1:
        return redirect(hits[0].url)
    return render(request, "billing/find.html", {"room": "payouts", "text": text.strip(), "hits": hits})
