"""Support > Ask: a host's people ask for help; what the portal knows is not asked."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from authorization.models import User
from authorization.people import access as people
from authorization.people import rate_limit
from authorization.people.request import now, viewer
from authorization.people.roles import Right
from billing import access
from billing.models import Payout
from chargers.lib import ids
from support.acts import requests as acts
from support.guest import opening, uploads
from support.guest.forms import HelpForm
from support.guest.opening import Known
from support.models import Ticket
from support.tickets import attachments
from support.tickets.attachments import AttachmentError
from support.tickets.lifecycle import Facts, NewTicket
from support.topics import catalogue
from support.topics.catalogue import Asker, Topic
from support.topics.details import Detail

_A_DAY: Final = 50


@uploads.limited
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The topics of hosts, then one form; `charger`, `session` and `payout` name what the page before was about."""
    user, topics = viewer(request), catalogue.of_asker(Asker.HOST)
    topic = next((one for one in topics if str(one.number) == request.GET.get("topic", "")), None)
    query = request.GET.copy()
    query.pop("topic", None)
    context: dict[str, Any] = {"room": "support", "topics": topics, "topic": topic, "query": query.urlencode()}
    if topic is None:
        return render(request, "support/ask.html", context)
    known = _known(request, user)
    missing = catalogue.missing(topic, known=known.details)
    form = HelpForm(request.POST or None, request.FILES or None, missing=missing, asks_address=False)
    if request.method == "POST" and form.is_valid():
        if rate_limit.too_often("help-by", who=user.email, most=_A_DAY, within_s=86400):
            return HttpResponse("Too many requests: try again tomorrow.", status=429)
        try:
            ticket = _opened(form, topic, known, user=user, at=now())
        except AttachmentError as exc:
            form.add_error(None, str(exc))
        else:
            return redirect("help:ticket", secret=ticket.secret)
    return render(request, "support/ask.html", context | {"form": form, "known": known})


def _opened(form: HelpForm, topic: Topic, known: Known, *, user: User, at: datetime) -> Ticket:
    given = form.cleaned_data["given"]
    new = NewTicket(
        topic=topic.number,
        text=form.cleaned_data["text"],
        asker=Asker.HOST,
        origin=Ticket.Origin.PORTAL,
        email=user.email,
        user=user,
        facts=_completed(known, given, user=user),
        known=known.details,
        given=given,
    )
    return acts.open_ticket(new, files=form.files_read[: attachments.MOST_FILES], now=at)


def _known(request: HttpRequest, user: User) -> Known:
    """What the page before was about, as far as the viewer may see it."""
    found = _of_query(request, user)
    details = {Detail.ACCOUNT_EMAIL: user.email} | found.details
    places = list(people.properties(user).filter(closed_at=None).select_related("host")[:2])
    if found.facts.property is None and len(places) == 1 and found.facts.payout is None:
        details |= {Detail.PROPERTY: places[0].name}
        return Known(Facts(host=places[0].host, property=places[0]), details)
    return Known(found.facts, details)


def _of_query(request: HttpRequest, user: User) -> Known:
    chargers = people.chargers(user).select_related("property__host")
    if (key := ids.read(request.GET.get("session", ""))) is not None:
        rows = access.sessions(user).select_related("charger__property__host", "property", "host", "driver__user")
        if (session := rows.filter(pk=key).first()) is not None:
            known = opening.of_session(session)
            details = dict(known.details)
            details.pop(Detail.ACCOUNT_EMAIL, None)
            return Known(replace(known.facts, proof=Ticket.Proof.MEMBER), details)
    if (charger := chargers.filter(charger_id=request.GET.get("charger", "")).first()) is not None:
        return opening.of_charger(charger)
    if (key := ids.read(request.GET.get("payout", ""))) is not None:
        payout = access.payouts(user).select_related("host", "property").filter(pk=key).first()
        if payout is not None:
            return _of_payout(payout)
    return Known()


def _of_payout(payout: Payout) -> Known:
    place = payout.property.name if payout.property else payout.host.name
    facts = Facts(host=payout.host, property=payout.property, payout=payout)
    return Known(facts, {Detail.PROPERTY: place, Detail.PAYOUT_ID: payout.label})


def _completed(known: Known, given: dict[Detail, str], *, user: User) -> Facts:
    """With the station or the property that was typed, among those the viewer may see, and the only host there is."""
    facts = known.facts
    if facts.charger is None and (station := given.get(Detail.CHARGER_ID, "")):
        rows = people.chargers(user).select_related("property__host").filter(station_id__iexact=station)
        if (charger := rows.first()) is not None:
            facts = opening.of_charger(charger).facts
    if facts.property is None and (name := given.get(Detail.PROPERTY, "")):
        place = people.properties(user).select_related("host").filter(name__iexact=name).first()
        if place is not None:
            facts = replace(facts, host=place.host, property=place)
    hosts = list(people.hosts_with(user, Right.SEE)[:2]) if facts.host is None and not user.is_agent else []
    return replace(facts, host=hosts[0]) if len(hosts) == 1 else facts
