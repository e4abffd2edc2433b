"""Paste anything: one search box for numbers, names, people and pages."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from authorization.people.request import viewer
from backoffice.portal.search import finding


@login_required
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """The only page that surely shows it is opened at once; of several, and of guesses, the viewer chooses.

    The search dialog of every page asks for its suggestions here, while somebody types.
    """
    text = request.GET.get("q", "")[:200]
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "billing/find_hits.html", {"hits": finding.suggest(viewer(request), text), "text": text})
    hits = finding.find(viewer(request), text) if text.strip() else []
    if len({hit.url for hit in hits}) == 1 and hits[0].is_sure:
        return redirect(hits[0].url)
    return render(request, "billing/find.html", {"room": "find", "text": text.strip(), "hits": hits})
