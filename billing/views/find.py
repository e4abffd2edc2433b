"""Paste anything: one search box for numbers, names, people and pages."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from authorization.people.request import viewer
from billing.search import finding


@login_required
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """The only page that shows it is opened at once; of several the viewer chooses."""
    text = request.GET.get("q", "")[:200]
    hits = finding.find(viewer(request), text) if text.strip() else []
    if len({hit.url for hit in hits}) == 1:
        return redirect(hits[0].url)
    return render(request, "billing/find.html", {"room": "find", "text": text.strip(), "hits": hits})
