"""The search page: one box for numbers, names, people and pages."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from authorization.people.request import viewer
from backoffice.portal.search import finding


@login_required
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Redirects to the only certain result; of several, or uncertain ones, the user chooses.

    Also returns suggestions to the search dialog of every page, while the user types.
    """
    text = request.GET.get("q", "")[:200]
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "billing/find_hits.html", {"hits": finding.suggest(viewer(request), text), "text": text})
    hits = finding.find(viewer(request), text) if text.strip() else []
    if len({hit.url for hit in hits}) == 1 and hits[0].is_sure:
        return redirect(hits[0].url)
    return render(request, "billing/find.html", {"room": "find", "text": text.strip(), "hits": hits})
