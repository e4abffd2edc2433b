"""The page behind the link to an account's address: is this your request?"""

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from billing.sessions.visitors import limits
from support.tickets import identity
from support.tickets.acts import identities as acts
from support.tickets.acts.identities import ANSWERED, AnsweredError
from support.topics import catalogue

_AN_HOUR = 30


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def identity_page(request: HttpRequest, secret: str) -> HttpResponse:
    """Shows the question. Only its buttons answer it, because mail programs open links."""
    now = datetime.now(tz=UTC)
    check = identity.find(secret, now=now)
    if check is None:
        return render(request, "help/identity.html", {"gone": gettext(ANSWERED)}, status=404)
    topic = catalogue.TOPICS.get(check.ticket.topic or 0)
    context = {
        "ticket": check.ticket,
        "host": check.ticket.host,
        "title": gettext(topic.title) if topic else "",
    }
    if request.method == "POST" and (choice := request.POST.get("answer", "")) in {"yes", "no"}:
        if limits.too_often(request, "identity-answers", limit=_AN_HOUR, within_s=3600):
            return HttpResponse(gettext("Too many requests from here: try again in an hour."), status=429)
        try:
            acts.answer(check, is_theirs=choice == "yes", now=now)
        except AnsweredError as exc:
            return render(request, "help/identity.html", {"gone": gettext(str(exc))}, status=404)
        context["answered"] = choice
    return render(request, "help/identity.html", context)
