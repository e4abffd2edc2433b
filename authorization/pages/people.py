"""Whose people a page shows or changes, and the page of a new link."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from authorization.accounts import mail
from authorization.models import User
from authorization.people import access
from authorization.people.members import Invited
from authorization.people.roles import Right
from chargers.models import Host
from chargers.properties import time_zones


def visible(user: User, slug: str) -> Host:
    """A host of which this person is a member; 404 for everybody else, also for outsiders with a grant."""
    host = access.hosts_with(user, Right.SEE).filter(slug=slug).first()
    if host is None:
        raise Http404
    return host


def changeable(user: User, slug: str) -> Host:
    host = access.hosts_with(user, Right.PEOPLE).filter(slug=slug).first()
    if host is None:
        raise Http404
    return host


def handed_over(request: HttpRequest, invited: Invited) -> HttpResponse:
    """Sends the link, and shows it this once."""
    link = settings.PUBLIC_BASE_URL + reverse("invitation", args=[invited.secret])
    is_sent = mail.invite(invited.invitation, link=link)
    context = {
        "room": "people",
        "host": invited.invitation.host,
        "invitation": invited.invitation,
        "link": link,
        "is_sent": is_sent,
        "mails_are_set_up": mail.is_set_up(),
        "zone": time_zones.of_host(invited.invitation.host),
    }
    return render(request, "authorization/people_link.html", context)
